//! The checker has to notice forged histories.

use crate::check;
use crate::clock::{SECOND, START};
use crate::history::{Step, Tables, Task, Transition};
use crate::journal::{Ending, Execution, Journal, Outcome};
use crate::log;

fn at(seconds: i64) -> i64 {
    START + seconds * SECOND
}

fn history(states: &[(&str, i64, Option<&str>)]) -> Vec<Transition> {
    let mut before = "pending";
    let mut rows = Vec::new();
    for (position, &(state, seconds, token)) in states.iter().enumerate() {
        rows.push(Transition {
            sort_key: position as i32 * 10 + 10,
            from_state: Some(before.to_owned()),
            to_state: state.to_owned(),
            most_recent: position + 1 == states.len(),
            created_at: at(seconds),
            claim_token: token.map(str::to_owned),
        });
        before = state;
    }
    rows
}

fn execution(step: i64, attempt: i32, token: &str, claimed: i64, ending: Option<Ending>) -> Execution {
    Execution {
        step,
        attempt,
        token: token.to_owned(),
        claimed_at: at(claimed),
        lease_until: at(claimed + 100),
        claim: Outcome::Acknowledged,
        outcome: if ending.is_some() { Outcome::Acknowledged } else { Outcome::Unknown },
        ending,
        next_eligible_at: None,
    }
}

/// A root that fails once, and a child whose first worker vanishes.
fn flawless() -> (Tables, Journal) {
    let step = |id, parents, attempts, result: &str, history| Step {
        id,
        task: 1,
        parents,
        attempts,
        retry_limit: 3,
        retryable: true,
        processed: true,
        in_process: false,
        leased: false,
        result: Some(result.to_owned()),
        history,
    };
    let root = history(&[
        ("in_progress", 0, Some("a")),
        ("error", 10, None),
        ("pending", 50, None),
        ("in_progress", 60, Some("b")),
        ("complete", 70, None),
    ]);
    let child = history(&[
        ("in_progress", 80, Some("c")),
        ("error", 180, None),
        ("pending", 190, None),
        ("in_progress", 200, Some("d")),
        ("complete", 210, None),
    ]);
    let failed = Ending::Failed { retryable: true, retry_after: None };
    let executions = vec![
        Execution { next_eligible_at: Some(at(50)), ..execution(1, 1, "a", 0, Some(failed)) },
        execution(1, 2, "b", 60, Some(Ending::Completed)),
        execution(2, 1, "c", 80, None),
        execution(2, 2, "d", 200, Some(Ending::Completed)),
    ];
    let task = history(&[("in_progress", 0, None), ("complete", 210, None)]);
    let tables = Tables {
        tasks: vec![Task { id: 1, complete: true, history: task }],
        steps: vec![step(1, vec![], 2, "b", root), step(2, vec![1], 2, "d", child)],
    };
    (tables, Journal { executions, ..Journal::default() })
}

#[test]
fn checker_is_content_when_nothing_is_wrong() {
    let (tables, journal) = flawless();
    assert_eq!(check::complaints(&tables, &journal).0, Vec::<String>::new());
}

#[test]
fn checker_complains_when_history_is_forged() {
    type Forgery = fn(&mut Tables, &mut Journal);
    let forgeries: &[(Forgery, &str)] = &[
        (
            |tables, _| tables.steps[0].history[2].to_state = "complete".into(),
            "from error to complete is not legal",
        ),
        (|tables, _| tables.steps[0].history[4].from_state = None, "from nothing to complete"),
        (|tables, _| tables.steps[0].history[4].sort_key = 40, "sort_key 40 is not the next"),
        (|tables, _| tables.steps[0].history[3].most_recent = true, "most_recent is not the last alone"),
        (|tables, _| tables.steps[0].history[3].claim_token = None, "without a token"),
        (|tables, _| tables.steps[0].history[3].claim_token = Some("a".into()), "in the history twice"),
        (|tables, _| tables.steps[0].history[3].claim_token = Some("x".into()), "claims that no worker made"),
        (|tables, _| tables.steps[0].history[4].to_state = "error".into(), "acknowledged completion is lost"),
        (|tables, _| tables.steps[0].result = Some("a".into()), "the results are another's"),
        (|tables, _| tables.steps[0].attempts = 1, "executions have ended"),
        (|tables, _| tables.steps[0].leased = true, "still leased"),
        (|tables, _| tables.steps[0].in_process = true, "in_process true"),
        (|tables, _| tables.steps[0].retry_limit = 1, "2 attempts of 1"),
        (|tables, _| tables.steps[1].history[1].created_at = at(179), "taken back before its lease was over"),
        (|tables, _| tables.steps[1].history[0].created_at = at(30), "before its parent 1 was complete"),
        (|_, journal| journal.executions[3].claimed_at = at(100), "leases overlap"),
        (|_, journal| journal.executions[3].attempt = 1, "attempt 1 after 1 to 1"),
        (|_, journal| journal.executions[3].token = "c".into(), "given out twice"),
        (|_, journal| journal.executions[3].outcome = Outcome::Refused, "completed by no worker"),
        (|_, journal| journal.executions[3].claim = Outcome::Refused, "rolled back"),
        (|_, journal| journal.executions[0].next_eligible_at = Some(at(100)), "did not wait for its turn"),
        (|_, journal| journal.executions.push(execution(2, 3, "e", 300, None)), "is not in the history"),
        (|tables, _| tables.tasks[0].complete = false, "complete false"),
        (|tables, _| tables.tasks[0].history.truncate(1), "reached an end 0 times"),
        (|tables, _| tables.tasks[0].history[1].to_state = "error".into(), "though all is complete"),
        (|tables, _| drop(tables.steps[1].history.pop()), "complete, step 2 is not"),
    ];
    for (forge, complaint) in forgeries {
        let (mut tables, mut journal) = flawless();
        forge(&mut tables, &mut journal);
        let complaints = check::complaints(&tables, &journal).0;
        let found = complaints.iter().any(|text| text.contains(complaint));
        assert!(found, "no complaint «{complaint}» among {complaints:?}");
    }
}

#[test]
fn checker_complains_when_the_log_tells_of_a_defect() {
    let killed = "LOG:  00000: server process (PID 1) was terminated by signal 9: Killed";
    assert_eq!(log::complaints(killed, 1), Vec::<String>::new());
    for (line, kills) in [
        ("ERROR:  40P01: deadlock detected", 0),
        ("PANIC:  58P01: could not open file", 0),
        ("ERROR:  XX000: attempted to update an invisible tuple", 0),
        ("LOG:  00000: server process (PID 1) was terminated by signal 11: Segmentation fault", 0),
        (killed, 0),
    ] {
        assert_ne!(log::complaints(line, kills), Vec::<String>::new(), "{line}");
    }
}
