//! Writes pictures to look at: `PICTURES=/tmp/pictures cargo test --test core picture_samples -- --ignored`.

use crate::core::ids::StepId;
use crate::core::picture::{History, Node, Picture, Row, Shown, Timeline, dot, mermaid, svg, timeline_svg};
use crate::core::state::StepState;
use crate::core::time::Timestamp;
use std::{env, fs, path::Path};

fn picture(title: &str, steps: &[(&str, Shown)], edges: &[(usize, usize)]) -> Picture {
    let node = |(at, (name, state)): (usize, &(&str, Shown))| Node {
        id: StepId(at as i64 + 1),
        name: (*name).to_owned(),
        state: *state,
        detail: "1 of 3 attempts".to_owned(),
    };
    Picture {
        title: title.to_owned(),
        nodes: steps.iter().enumerate().map(node).collect(),
        edges: edges.to_vec(),
    }
}

/// Steps with parents drawn from a fixed sequence; the first ones have got farther.
fn tangle(title: &str, count: usize, reach: usize) -> Picture {
    let names =
        ["fetch_cart", "validate_products", "charge", "reserve_inventory_everywhere_2", "emit", "notify_crm"];
    let mut seed = 12_345_u64;
    let mut draw = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below
    };
    let mut steps = Vec::new();
    let mut edges = Vec::new();
    for at in 0..count {
        let state = match at * 10 / count {
            0..4 => Shown::Complete,
            _ => Shown::ALL[draw(12)],
        };
        steps.push((names[draw(names.len())], state));
        for _ in 0..draw(3) {
            if at > 0 {
                edges.push((at - 1 - draw(at.min(reach)), at));
            }
        }
    }
    picture(title, &steps, &edges)
}

fn samples() -> Vec<(&'static str, Picture)> {
    use Shown::*;
    let diamond = picture(
        "order_fulfilment #4711",
        &[
            ("fetch_cart", Complete),
            ("fetch_products", Complete),
            ("validate_products", Running),
            ("create_order", Pending),
            ("publish_event", Pending),
        ],
        &[(0, 2), (1, 2), (2, 3), (3, 4), (0, 3)],
    );
    let mixed = picture(
        "mixed_workflow_task #12",
        &[
            ("init_auth", Complete),
            ("init_config", Complete),
            ("validate_permissions", Complete),
            ("setup_environment", Error),
            ("begin_processing", Ready),
            ("process_critical_data", Pending),
            ("process_optional_data", Blocked),
            ("cleanup_temp_files", Waiting),
            ("finalize_and_report", Pending),
        ],
        &[(0, 2), (1, 3), (2, 4), (3, 4), (4, 5), (4, 6), (3, 7), (5, 8), (7, 8)],
    );
    let cycle = picture(
        "a <cycle> & \"more\" \u{1}",
        &[
            ("root", Complete),
            ("a", Pending),
            ("b\\\"]", Failed),
            ("c `x` <b>", Skipped),
            ("alone; 1. list", Resolved),
            ("日本語のステップの名前はとても長い名前です", Cancelled),
        ],
        &[(0, 1), (1, 2), (2, 3), (3, 1), (2, 1), (2, 2), (0, 3), (3, 5)],
    );
    let ladder: Vec<(usize, usize)> = (0..19)
        .flat_map(|at| {
            [2 * at, 2 * at + 1].into_iter().flat_map(move |from| [(from, 2 * at + 2), (from, 2 * at + 3)])
        })
        .collect();
    let ladder = picture("ladder", &[("rung", Complete); 40], &ladder);
    let fan: Vec<(usize, usize)> = (1..99).flat_map(|at| [(0, at), (at, 99)]).collect();
    let mut fan = picture("fan out and in", &[("part", Complete); 100], &fan);
    for (at, node) in fan.nodes.iter_mut().enumerate().skip(60) {
        node.state = Shown::ALL[at % 12];
    }
    vec![
        ("diamond", diamond),
        ("mixed", mixed),
        ("cycle", cycle),
        ("ladder", ladder),
        ("fan", fan),
        ("empty", picture("nothing to do", &[], &[])),
        ("random60", tangle("random 60", 60, 20)),
        ("random200", tangle("random 200", 200, 60)),
        ("large", tangle("nightly_reconciliation #90210", 2_000, 60)),
    ]
}

/// A diamond whose left branch failed once, and of `more` steps that wait.
fn timeline(more: i64) -> Timeline {
    use StepState::{Complete, Error, InProgress, Pending};
    let at = |tenths: i64| Timestamp::from_unix_microseconds(1_767_225_600_000_000 + tenths * 100_000);
    let now = at(260);
    let row = |id,
               name: &str,
               state,
               parents: Option<i64>,
               transitions: &[(StepState, i64)],
               waits: &[(i64, i64)]| {
        let transitions = transitions.iter().map(|&(state, tenths)| (state, at(tenths))).collect();
        let waits = waits.iter().map(|&(from, to)| (at(from), at(to))).collect();
        let (id, name, created_at) = (StepId(id), name.to_owned(), at(0));
        Row::of(
            History { id, name, state, created_at, parents_ended_at: parents.map(at), transitions, waits },
            now,
        )
    };
    let mut rows = vec![
        row(1, "start_workflow", Shown::Complete, Some(0), &[(InProgress, 4), (Complete, 31)], &[]),
        row(
            2,
            "branch_one_process",
            Shown::Complete,
            Some(31),
            &[
                (InProgress, 35),
                (Error, 62),
                (Pending, 62),
                (InProgress, 90),
                (Error, 104),
                (Pending, 104),
                (InProgress, 150),
                (Complete, 188),
            ],
            &[(62, 82), (104, 144)],
        ),
        row(3, "branch_two_process", Shown::Failed, Some(31), &[(InProgress, 40), (Error, 120)], &[]),
        row(
            4,
            "merge_branches_and_tell_everybody_about_it",
            Shown::Running,
            Some(188),
            &[(InProgress, 195)],
            &[],
        ),
        row(5, "end_workflow", Shown::Pending, None, &[], &[]),
    ];
    rows.extend((0..more).map(|at| row(at + 6, "more", Shown::Pending, None, &[], &[])));
    Timeline { title: "diamond_workflow_task #7".to_owned(), from: at(0), to: now, rows }
}

#[test]
#[ignore = "writes files"]
fn write_pictures() {
    let folder = env::var("PICTURES").unwrap();
    let write = |name: &str, kind: &str, text: String| {
        fs::write(Path::new(&folder).join(format!("{name}.{kind}")), text).unwrap();
    };
    fs::create_dir_all(&folder).unwrap();
    write("timeline", "svg", timeline_svg(&timeline(0)));
    write("timeline_cut", "svg", timeline_svg(&timeline(300)));
    for (name, picture) in samples() {
        write(name, "svg", svg(&picture));
        write(name, "dot", dot(&picture));
        write(name, "mmd", mermaid(&picture));
    }
}
