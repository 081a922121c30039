//! Takes backends and the server away.

use std::env;
use std::process::Command;
use std::sync::atomic::Ordering;
use std::thread::sleep;
use std::time::Duration;

use crate::clock::Shared;
use crate::core::testkit::Random;
use crate::session::Session;

/// A backend of a worker that has written something and not yet committed.
const IN_MID_TRANSACTION: &str = "
    SELECT pid FROM pg_stat_activity
    WHERE application_name = 'soak worker' AND backend_xid IS NOT NULL ORDER BY random() LIMIT 1";
const TERMINATE: &str = "
    SELECT pg_terminate_backend(pid) FROM (
        SELECT pid FROM pg_stat_activity WHERE application_name IN ('soak worker', 'soak creator', 'soak maintenance', 'soak operator')
        ORDER BY random() LIMIT 1
    ) AS one";

/// How often each thing was done.
#[derive(Debug, Default)]
pub struct Damage {
    pub kills: usize,
    pub restarts: usize,
    pub terminations: usize,
}

/// After how many ended executions, of those expected, what happens; in per mille.
const KILLS: [usize; 6] = [80, 200, 330, 600, 720, 850];
const RESTART: usize = 450;

pub fn run(shared: &Shared, expected: usize, seed: u64) -> Damage {
    let restart = env::var("TASKER_SOAK_RESTART").expect("TASKER_SOAK_RESTART, set by tests/soak.sh");
    let mut session = Session::new("soak chaos", "");
    let mut random = Random::new(seed, 1000);
    let mut damage = Damage::default();
    while !shared.stopped() {
        let progress = shared.ended.load(Ordering::SeqCst) * 1000 / expected.max(1);
        if KILLS.get(damage.kills).is_some_and(|&at| at <= progress) {
            kill(&mut session, shared);
            damage.kills += 1;
        } else if damage.restarts == 0 && RESTART <= progress {
            let status = Command::new("bash").args(["-c", &restart]).status().expect("bash");
            assert!(status.success(), "the server does not restart: {restart}");
            damage.restarts += 1;
        } else {
            damage.terminations += session.insist(TERMINATE).len();
            sleep(Duration::from_millis(random.between(20, 120) as u64));
        }
    }
    damage
}

/// `kill -9`, which makes the server drop all its backends and recover.
fn kill(session: &mut Session, shared: &Shared) {
    while !shared.stopped() {
        let victim = session.insist(IN_MID_TRANSACTION).first().map(|row| row.get::<_, i32>(0));
        let kill = |pid: i32| Command::new("kill").args(["-9", &pid.to_string()]).output().expect("kill");
        if victim.map(kill).is_some_and(|output| output.status.success()) {
            return;
        }
    }
}
