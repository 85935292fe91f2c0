//! Overwrites a file in place, for files that can't be replaced.
//!
//! A kill or a full disk must not cut the content off. So the room is taken before, as blanks at the end of the file, which JSON
//! permits; the new content goes out in one call, padded with blanks, so that the file never becomes shorter and nothing of the
//! old content follows the new. The blanks stay: cutting them off could cut off what another process has written meanwhile.

use std::{
    fs::{File, OpenOptions},
    io::{self, Seek, SeekFrom, Write},
    path::Path,
};

/// Makes room for `room` bytes on the disk. The content stays as it is, but for blanks at its end.
pub(super) fn reserve(path: &Path, room: usize) -> io::Result<()> {
    let mut file = open(path)?;
    let length = file.metadata()?.len();
    let missing = (room as u64).saturating_sub(length);
    let extended = extend(&mut file, length, missing).and_then(|()| file.sync_all());
    extended.inspect_err(|_| {
        let _ = file.set_len(length);
    })
}

/// Writes a text over the content.
pub(super) fn overwrite(path: &Path, text: &str) -> io::Result<()> {
    let mut file = open(path)?;
    let length = usize::try_from(file.metadata()?.len()).unwrap_or_default();
    let mut bytes = text.as_bytes().to_vec();
    bytes.resize(bytes.len().max(length), b' ');
    file.write_all(&bytes)?;
    file.sync_all()
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).open(path)
}

fn extend(file: &mut (impl Write + Seek), length: u64, missing: u64) -> io::Result<()> {
    file.seek(SeekFrom::Start(length))?;
    file.write_all(&vec![b' '; usize::try_from(missing).unwrap_or_default()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn content(path: &Path) -> Value {
        serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
    }

    #[test]
    fn the_file_never_becomes_shorter_and_its_content_is_whole_at_each_step() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.json");
        std::fs::write(&path, "{\"token\": \"old\"}\n").unwrap();
        reserve(&path, 200).unwrap();
        assert_eq!((content(&path), path.metadata().unwrap().len()), (json!({"token": "old"}), 200));
        // Taken once, the room stays.
        reserve(&path, 100).unwrap();
        for (text, length) in [("{\"token\": \"new\"}\n".to_owned(), 200), (json!(["x".repeat(300)]).to_string(), 304)]
        {
            overwrite(&path, &text).unwrap();
            assert_eq!(content(&path), serde_json::from_str::<Value>(&text).unwrap());
            assert_eq!(path.metadata().unwrap().len(), length);
        }
    }

    /// A device on which every write fails for lack of room.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_an_error() {
        let full = Path::new("/dev/full");
        assert_eq!(reserve(full, 10).unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert_eq!(overwrite(full, "{}").unwrap_err().kind(), io::ErrorKind::StorageFull);
    }
}
