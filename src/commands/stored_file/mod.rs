//! Writes a file that must never be lost or cut off: the config with its tokens, and the closing report.
//!
//! A file is replaced by another one of the same name where that is possible, because a reader and a kill then meet either the
//! old or the new content. A file that is itself a mount point can't be replaced (`rename` answers EBUSY), neither can one in a
//! folder that is not writable, nor one whose owner the replacement could not keep: these are overwritten in place.

mod in_place;
mod mount;
mod owner;

use serde_json::Value;
use std::{
    fs::{File, Metadata, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};
use tempfile::NamedTempFile;

/// Checks that [`store`] can write `room` bytes to an existing file, by writing that much next to it, or blanks at its end. The
/// content stays as it is.
pub(super) fn storable(path: &Path, room: usize) -> io::Result<()> {
    let path = regular(path)?;
    // A file that its owner has protected stays unchanged, although another one could take its place.
    OpenOptions::new().write(true).open(&path)?;
    if !mount::is_mount_point(&path) {
        match rehearsed(&path, room) {
            Err(error) if forbids_replacement(&error) => {}
            result => return result,
        }
    }
    in_place::reserve(&path, room)
}

/// Writes a document to a file: in place of the file if possible, else into it. An existing file keeps its owner and permissions;
/// a new one is readable by its owner only.
pub(super) fn store(path: &Path, content: &Value) -> io::Result<()> {
    let text = format!("{content:#}\n");
    let Err(refusal) = replaced(path, &text, owner::keep) else { return Ok(()) };
    if !path.is_file() {
        return Err(refusal);
    }
    // Whatever refused the replacement, the old content has its place on the disk.
    in_place::overwrite(path, &text)
        .map_err(|error| io::Error::new(error.kind(), format!("{error} (nor can it be replaced: {refusal})")))
}

/// Checks that a file can be replaced by another one of the same name, which takes write access to its folder.
pub(super) fn replaceable(path: &Path) -> io::Result<()> {
    let path = regular(path)?;
    OpenOptions::new().write(true).open(&path)?;
    creatable(&path)
}

/// Checks that a file that does not exist can be created.
pub(super) fn creatable(path: &Path) -> io::Result<()> {
    temporary(path).map(drop)
}

/// Replaces a file's content atomically: after a kill at any moment the file holds either the old or the new content,
/// complete. An existing file keeps its permissions, and its owner where this process may set it.
pub(super) fn replace(path: &Path, content: &Value) -> io::Result<()> {
    replaced(path, &format!("{content:#}\n"), |file, before| {
        let _ = owner::keep(file, before);
        Ok(())
    })
}

fn replaced(path: &Path, text: &str, keep_owner: impl Fn(&File, &Metadata) -> io::Result<()>) -> io::Result<()> {
    // Follow a symbolic link rather than replace it.
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let file = temporary(&path)?;
    // Not through `NamedTempFile`, whose errors name the temporary file, which means nothing to the user.
    file.as_file().write_all(text.as_bytes())?;
    if let Ok(before) = std::fs::metadata(&path) {
        keep_owner(file.as_file(), &before)?;
        file.as_file().set_permissions(before.permissions())?;
    }
    file.as_file().sync_all()?;
    file.persist(&path)?;
    // The new name has to survive a power failure, too; some file systems don't permit this.
    let _ = File::open(folder(&path)).and_then(|folder| folder.sync_all());
    Ok(())
}

/// Does all that a replacement takes, except for the replacement.
fn rehearsed(path: &Path, room: usize) -> io::Result<()> {
    let file = temporary(path)?;
    owner::keep(file.as_file(), &std::fs::metadata(path)?)?;
    file.as_file().write_all(&vec![b' '; room])?;
    file.as_file().sync_all()
}

/// Whether the file may be writable although its folder refuses a replacement.
fn forbids_replacement(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem)
}

/// The path of an existing regular file, without symbolic links.
fn regular(path: &Path) -> io::Result<PathBuf> {
    if !path.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    path.canonicalize()
}

/// An empty file in the same folder, removed when dropped.
fn temporary(path: &Path) -> io::Result<NamedTempFile> {
    let folder = folder(path);
    if !folder.is_dir() {
        return Err(io::Error::other("its folder does not exist"));
    }
    let made = tempfile::Builder::new().prefix(".source-jira-").suffix(".new").tempfile_in(folder);
    // The full error names the temporary file, too.
    made.map_err(|error| io::Error::from(error.kind()))
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_check_leaves_nothing_behind_and_a_store_keeps_the_permissions() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.json");
        assert!(storable(&path, 10).unwrap_err().to_string().contains("not a regular file"));
        std::fs::write(&path, "{}").unwrap();
        let mut before = std::fs::metadata(&path).unwrap().permissions();
        #[cfg(unix)]
        std::os::unix::fs::PermissionsExt::set_mode(&mut before, 0o640);
        std::fs::set_permissions(&path, before).unwrap();
        let before = std::fs::metadata(&path).unwrap().permissions();
        storable(&path, 100_000).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"{}");
        store(&path, &json!({"a": 1})).unwrap();
        assert_eq!(serde_json::from_slice::<Value>(&std::fs::read(&path).unwrap()).unwrap(), json!({"a": 1}));
        assert_eq!(std::fs::metadata(&path).unwrap().permissions(), before);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
