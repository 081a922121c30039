//! What the server's log must not hold; it is written with `log_error_verbosity = verbose`.

/// One line for each message that tells of a defect. `kills` backends were killed on purpose.
pub fn complaints(log: &str, kills: usize) -> Vec<String> {
    const DEFECTS: [&str; 4] = ["PANIC:", "40P01", "deadlock detected", "ERROR:  XX"];
    let mut complaints: Vec<String> = log
        .lines()
        .filter(|line| DEFECTS.iter().any(|defect| line.contains(defect)))
        .map(|line| format!("log: {line}"))
        .collect();
    let signalled = log.lines().filter(|line| line.contains("was terminated by signal"));
    let (killed, crashed): (Vec<&str>, Vec<&str>) = signalled.partition(|line| line.contains("signal 9"));
    complaints.extend(crashed.iter().map(|line| format!("log: {line}")));
    if killed.len() != kills {
        complaints.push(format!("log: {} backends were killed, {kills} by us", killed.len()));
    }
    complaints
}
