//! Finds the named sections of the files in `sql/queries`.
//!
//! A section begins with a line `-- name: lock_step_rows`, and ends before the next one.

macro_rules! families {
    ($($family:literal)+) => {
        /// Returns the text of the file of a family.
        fn file(family: &str) -> &'static str {
            match family {
                $($family => include_str!(concat!("../../../../sql/queries/", $family, ".sql")),)+
                _ => "",
            }
        }
    };
}

families! {
    "config" "counts" "create" "delete" "doctor" "due" "events" "export" "find" "fork" "fragments"
    "insight" "leases" "limits" "queue" "read" "rebuild" "rules" "schedules" "shares" "sync"
    "template" "testkit" "timers" "times" "transitions" "troubles" "worker" "write"
}

/// Returns the text of a section, named as `"family/section"`, without a semicolon at its end; empty if there is no
/// such section, which `tests/border.sh` looks for. It searches the file: a plan is made of the text only once.
pub fn section(name: &str) -> &'static str {
    let (family, name) = name.split_once('/').unwrap_or_default();
    let mut sections = file(family).split("-- name: ");
    let text = sections.find_map(|section| section.strip_prefix(name)?.strip_prefix('\n'));
    text.unwrap_or_default().trim_end().trim_end_matches(';')
}
