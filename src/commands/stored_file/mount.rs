//! Whether a file is itself a mount point, as in a container that mounts a single file.

use std::path::Path;

/// Whether a path without symbolic links is a mount point. Where the system does not say so, it is taken for none.
pub(super) fn is_mount_point(path: &Path) -> bool {
    cfg!(target_os = "linux")
        && std::fs::read_to_string("/proc/self/mountinfo").is_ok_and(|mounts| lists(&mounts, &path.to_string_lossy()))
}

/// The fifth field of a line is the mount point, with octal codes for blanks (`man 5 proc_pid_mountinfo`).
fn lists(mounts: &str, path: &str) -> bool {
    let escaped = path.replace('\\', r"\134").replace(' ', r"\040").replace('\t', r"\011").replace('\n', r"\012");
    mounts.lines().any(|line| line.split(' ').nth(4) == Some(escaped.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mounted_file_is_found_by_its_whole_path() {
        let mounts = "21 1 0:20 / / rw - overlay overlay rw\n\
                      22 21 8:1 /srv/jane/config.json /config/my\\040config.json rw,relatime - ext4 /dev/sda1 rw\n";
        for (path, expected) in
            [("/config/my config.json", true), ("/", true), ("/config", false), ("/config/my", false)]
        {
            assert_eq!(lists(mounts, path), expected, "{path}");
        }
    }
}
