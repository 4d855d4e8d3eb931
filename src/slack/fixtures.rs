//! Published payloads for tests; read where they are present, never part of the crate.

use std::path::PathBuf;

/// Names and texts of the published Slack payloads whose name starts in one of these ways.
///
/// # Panics
/// When they are absent in CI, so that nobody believes they were tested.
pub(super) fn starting_with(starts: &[&str]) -> Vec<(String, String)> {
    let folder = std::env::var_os("COUNTERSIGN_FIXTURES").map_or("../shared/fixtures".into(), PathBuf::from);
    let Ok(files) = std::fs::read_dir(folder.join("slack")) else {
        assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "no published payloads in {folder:?}");
        eprintln!("skipped: no published payloads in {folder:?}");
        return Vec::new();
    };
    let found: Vec<_> = files
        .map(|file| file.expect("a readable folder").path())
        .map(|path| (path.file_name().unwrap_or_default().to_string_lossy().into_owned(), path))
        .filter(|(name, _)| starts.iter().any(|start| name.starts_with(start)))
        .map(|(name, path)| (name, std::fs::read_to_string(path).expect("a payload in UTF-8")))
        .collect();
    assert!(!found.is_empty(), "no payload in {folder:?} starts with any of {starts:?}");
    found
}
