//! The owner and group of a file that is replaced: those of the file before.

use std::{
    fs::{File, Metadata},
    io,
};

/// Gives a new file the owner and the group of the file that it replaces. A file that the superuser renews must stay readable for
/// the user that it belongs to.
#[cfg(unix)]
pub(super) fn keep(file: &File, before: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, fchown};
    let own = file.metadata()?;
    if (own.uid(), own.gid()) == (before.uid(), before.gid()) {
        return Ok(());
    }
    fchown(file, Some(before.uid()), Some(before.gid()))
        .map_err(|_| io::Error::new(io::ErrorKind::PermissionDenied, "another user owns it"))
}

#[cfg(not(unix))]
pub(super) fn keep(_: &File, _: &Metadata) -> io::Result<()> {
    Ok(())
}
