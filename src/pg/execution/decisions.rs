//! Applies rules to steps: a step is left out, ends with its wait, fails with the task that it waits for, or may run.
//!
//! The call that ends a parent also evaluates the rules of its children. Claims and maintenance evaluate the rules of
//! the steps that have a row in `tasker_core_decisions`. Steps are locked as claims lock them, without waiting; a step
//! that another session holds keeps its row. The owner of the installation writes, because a rule concerns all roles.

mod waits;

use crate::core::error::TaskerError;
use crate::core::ids::{StepId, TaskId, distinct};
use crate::core::readiness::Gate;
use crate::core::rules::{Decision, End, Rule, Ruled, decide};
use crate::core::state::StepState;
use crate::core::steps::Step;
use crate::core::trouble::Scope;
use crate::pg::datum::export;
use crate::pg::execution::decisions::waits::ids_of;
use crate::pg::execution::recovery::Whose;
use crate::pg::execution::troubles::Kind;
use crate::pg::host::acl::session_user;
use crate::pg::queue::hints;
use crate::pg::spi::{self, LookUp, Row, Statement};
use crate::pg::writing::writer::Writer;
use pgrx::pg_sys::Datum;
use serde_json::json;
use std::collections::{BTreeSet, HashSet};

/// What has been decided.
#[derive(Debug, Default)]
pub struct Decided {
    /// The steps that have ended by it.
    pub ended: Vec<i64>,
    /// Their tasks.
    pub tasks: BTreeSet<TaskId>,
    /// The steps that were free to be looked at.
    looked: HashSet<i64>,
    /// Whether anything has changed.
    pub has_acted: bool,
    /// How many were refused, and are tried again later.
    pub put_aside: i32,
}

impl Decided {
    fn add(&mut self, other: Self) {
        self.ended.extend(other.ended);
        self.tasks.extend(other.tasks);
        self.looked.extend(other.looked);
        self.has_acted |= other.has_acted;
        self.put_aside += other.put_aside;
    }
}

impl Writer<'_> {
    /// Evaluates the rules of these steps, except those that another session holds, and the rules of their children
    /// when the steps end by it. A refused decision concerns its step alone: the step is put aside. It fails for good
    /// if its rule, or what the rule needs, can never be read.
    ///
    /// # Complexity
    /// O(steps + their parents + their children), in one subtransaction.
    pub fn decide_over(&self, steps: &[i64]) -> Result<Decided, TaskerError> {
        if steps.is_empty() {
            return Ok(Decided::default());
        }
        let owner = self.as_owner();
        if owner.require_owners_writes().is_err() {
            // A session that may write them as the owner decides later.
            hints::wake(self.session, steps);
            return Ok(Decided::default());
        }
        if let Ok(decided) = owner.attempt(|| owner.decide_with_children(steps))? {
            let looked: Vec<i64> = decided.looked.iter().copied().collect();
            owner.end_troubles(Kind::Step, &looked);
            return Ok(decided);
        }
        let mut decided = Decided::default();
        for step in steps {
            decided.add(owner.decide_alone(*step)?);
        }
        Ok(decided)
    }

    fn decide_with_children(&self, steps: &[i64]) -> Result<Decided, TaskerError> {
        let mut decided = Decided::default();
        let mut next = steps.to_vec();
        while !next.is_empty() {
            let one = self.decide_free(&next)?;
            next.clear();
            if !one.ended.is_empty() {
                let ended = spi::bigint_array(&one.ended);
                self.session
                    .write_returning(Statement::RuledChildren, &[ended], |row| next.push(row.i64(0)))?;
            }
            decided.add(one);
        }
        Ok(decided)
    }

    /// Evaluates the rules of these steps alone, except those that another session holds.
    fn decide_free(&self, steps: &[i64]) -> Result<Decided, TaskerError> {
        let mut decided = Decided::default();
        let free = self.lock_free_steps(steps)?;
        for step in free.steps.all() {
            decided.looked.insert(step.id.0);
            let Some(rule) = free.steps.rule(step) else { continue };
            if free.gate(step) != Gate::Open || step.in_process {
                continue;
            }
            let is_due = decide(step, rule, self.now).is_due();
            let has_ended = self.decide_step(step, rule.clone())?;
            // A failed step may stay as it is: its role does not see the task that has been repaired.
            decided.has_acted |= has_ended || (is_due && step.state != StepState::Error);
            if has_ended {
                decided.ended.push(step.id.0);
                decided.tasks.insert(step.task_id);
            }
        }
        Ok(decided)
    }

    /// Decides over one step. Its children are left to those who look at the words that its end leaves.
    fn decide_alone(&self, step: i64) -> Result<Decided, TaskerError> {
        let refusal = match self.attempt(|| self.decide_free(&[step]))? {
            Ok(decided) => {
                self.end_troubles(Kind::Step, &[step]);
                return Ok(decided);
            }
            Err(refusal) => refusal,
        };
        if refusal.scope == Scope::Stored
            && let Ok(Some(failed)) = self.attempt(|| self.fail_undecided(StepId(step), &refusal.message))?
        {
            self.end_troubles(Kind::Step, &[step]);
            return Ok(failed);
        }
        self.put_aside(Kind::Step, step, &refusal)?;
        Ok(Decided { looked: HashSet::from([step]), put_aside: 1, ..Decided::default() })
    }

    /// Fails a step whose rule cannot be evaluated; `None` if another session holds it, or it can no longer fail.
    fn fail_undecided(&self, id: StepId, problem: &str) -> Result<Option<Decided>, TaskerError> {
        let free = self.lock_free_ids(LookUp::LockedSteps, Statement::LockFreeStepRows, &[id.0])?;
        if free.is_empty() {
            return Ok(None);
        }
        let step = self.lock_step(id)?;
        if step.state != StepState::Pending {
            return Ok(None);
        }
        self.fail_wait(&step, &format!("its rule cannot be evaluated: {problem}"))?;
        Ok(Some(Decided {
            ended: vec![id.0],
            tasks: BTreeSet::from([step.task_id]),
            looked: HashSet::from([id.0]),
            has_acted: true,
            put_aside: 0,
        }))
    }

    /// Evaluates the rules of up to `limit` steps that have a row in `tasker_core_decisions`. Returns the number of
    /// rows, and the number of decisions that were refused.
    pub fn decide_queued(&self, whose: Whose, limit: i32) -> Result<(usize, i32), TaskerError> {
        if self.session.is_surely_empty(LookUp::Decisions) {
            return Ok((0, 0));
        }
        let mut words = Vec::new();
        let each = |row: &Row| {
            // What this transaction has written itself stands for what others cannot see yet.
            if !row.is_own_transaction(2) {
                words.push((row.i64(0), row.i64(1)));
            }
        };
        match whose {
            Whose::Everybodys => {
                let arguments = [limit.into(), spi::bigint(i64::MIN)];
                self.session.write_returning(Statement::TakeDecisions, &arguments, each)?;
            }
            Whose::Callers => {
                let mut seen = Vec::new();
                self.session.write_returning(Statement::SeeDecisions, &[], |row| {
                    seen.push((row.i64(0), row.i64(1)));
                })?;
                let mut steps = self.as_caller().reader().visible_steps(&seen)?;
                steps.truncate(limit.max(0) as usize);
                self.session.write_returning(
                    Statement::TakeDecisionsOf,
                    &[spi::bigint_array(&steps)],
                    each,
                )?;
            }
        }
        if words.is_empty() {
            return Ok((0, 0));
        }
        let steps = distinct(words.iter().map(|(step, _)| *step));
        let decided = self.decide_over(&steps)?;
        let existing = self.reader().existing(&steps)?;
        let is_spent = |step: &i64| decided.looked.contains(step) || !existing.contains(step);
        let (steps, causes): (Vec<i64>, Vec<i64>) =
            words.iter().filter(|(step, _)| is_spent(step)).copied().unzip();
        self.session
            .write(Statement::DropDecisions, &[spi::bigint_array(&steps), spi::bigint_array(&causes)]);
        self.follow_decisions(&decided)?;
        Ok((steps.len(), decided.put_aside))
    }

    /// Ends the tasks in which nothing is left to run, and reopens those that have steps to run.
    pub fn follow_decisions(&self, decided: &Decided) -> Result<(), TaskerError> {
        let owner = self.as_owner();
        let tasks: Vec<i64> = decided.tasks.iter().map(|task| task.0).collect();
        owner.for_all_or_each(Kind::Task, &tasks, |tasks| {
            tasks.iter().try_for_each(|task| owner.go_on(TaskId(*task)))
        })?;
        Ok(())
    }

    /// A task has got into another state: so may the steps that wait for it.
    pub fn tell_waiters(&self, task: TaskId) -> Result<Decided, TaskerError> {
        self.decide_over(&hints::waiters(self.session, task)?)
    }

    /// Sends a signal; returns whether it is the first of its name, and the steps that it has ended.
    pub fn signal(
        &self,
        task: TaskId,
        name: &str,
        payload: Option<Datum>,
    ) -> Result<(bool, Vec<i64>), TaskerError> {
        // Who adds a step that waits for the signal holds this lock too.
        let state = self.lock_task(task)?;
        let (id, name) = (spi::bigint(task.0), export::text(name));
        let mut is_repeated = false;
        self.session
            .write_returning(Statement::SignalExists, &[id, name], |row| is_repeated = row.bool(0))?;
        if is_repeated {
            return Ok((false, Vec::new()));
        }
        if state.is_closed() {
            return Err(TaskerError::NotPermitted {
                action: format!("send a signal to task {task}"),
                reason: format!("it is in state \"{state}\""),
                hint: "No step of a closed task waits for a signal.",
            });
        }
        let arguments = [
            Some(id),
            Some(name),
            payload,
            Some(spi::timestamp(self.now)),
            Some(export::text(&session_user())),
        ];
        self.session.write_optional(Statement::PutSignal, &arguments, |_| {})?;
        let mut waiting = Vec::new();
        self.session
            .write_returning(Statement::WaitingForSignal, &[id, name], |row| waiting.push(row.i64(0)))?;
        if waiting.is_empty() {
            return Ok((true, waiting));
        }
        hints::wake(self.session, &waiting);
        let decided = self.decide_over(&waiting)?;
        self.follow_decisions(&decided)?;
        let completed = decided.ended.into_iter().filter(|step| waiting.contains(step));
        Ok((true, completed.collect()))
    }

    /// Does what follows for a locked step; returns whether it has ended by it.
    fn decide_step(&self, step: &Step, mut rule: Ruled) -> Result<bool, TaskerError> {
        loop {
            match decide(step, &rule, self.now) {
                Decision::Nothing => return Ok(false),
                Decision::Ready => {
                    hints::hint_at(self.session, &[step.id.0]);
                    return Ok(false);
                }
                Decision::Hold(_, until) => {
                    if let Some(until) = until {
                        hints::look_at_step(self.session, step.id, until);
                    }
                    return Ok(false);
                }
                Decision::Begin => {
                    let failed = match self.failed_condition(step.id, &rule.rule)? {
                        Ok(failed) => failed,
                        Err(reason) => return self.fail_wait(step, &reason),
                    };
                    if let Some(parent) = failed {
                        let reason = format!("its condition on \"{parent}\" is not true");
                        return self.leave_out(step, "condition", &reason);
                    }
                    let arguments = [spi::bigint(step.id.0), spi::timestamp(self.now)];
                    self.session.write(Statement::BeginWait, &arguments);
                    rule.decided_at = Some(self.now);
                }
                Decision::Skip(reason) => return self.leave_out(step, "join_rule", &reason),
                Decision::Complete(End::Task(task)) => match self.results_of_task(step.id, task)? {
                    Ok(results) => return self.end_wait(step, &rule, End::Task(task), results),
                    // It waits for nothing else: until it is retried, there is nothing to be done.
                    Err(_) if step.state == StepState::Error => return Ok(false),
                    Err(reason) => return self.fail_wait(step, &reason),
                },
                Decision::Complete(end) => return self.end_wait(step, &rule, end, None),
                Decision::Fail(reason) => {
                    let hidden = match rule.waited_task {
                        Some(task) => self.results_of_task(step.id, task.id)?.err(),
                        None => None,
                    };
                    return self.fail_wait(step, &hidden.unwrap_or(reason));
                }
                Decision::CreateTask => match self.create_waited_task(step, &rule.rule)? {
                    Ok(task) => rule.waited_task = Some(task),
                    Err(reason) => return self.fail_wait(step, &reason),
                },
            }
        }
    }

    /// The first parent whose results do not meet its condition. A parent that the rule's role may not see has no
    /// results; the error says why the role may not read any.
    fn failed_condition<'a>(
        &self,
        step: StepId,
        rule: &'a Rule,
    ) -> Result<Result<Option<&'a str>, String>, TaskerError> {
        if rule.when.is_empty() {
            return Ok(Ok(None));
        }
        let author = match self.on_behalf_of_rule(step)? {
            Ok(author) => author,
            Err(reason) => return Ok(Err(reason)),
        };
        if let Some(reason) = author.refused(false) {
            return Ok(Err(reason));
        }
        let mut parents = Vec::new();
        self.session.look_up_fresh(LookUp::Steps, &[step.0], |row| {
            row.i64_array(14, |ids| parents.extend_from_slice(ids));
            Ok(())
        })?;
        let shown = author.shown_steps(&parents)?;
        let of = |text: &dyn Fn(usize) -> String| -> Datum {
            spi::text_array(&(0..rule.when.len()).map(text).collect::<Vec<_>>())
        };
        let (names, paths) = (of(&|at| rule.when[at].parent.clone()), of(&|at| rule.when[at].path.clone()));
        let mut held = vec![false; rule.when.len()];
        let arguments = [Some(spi::bigint(step.0)), Some(names), Some(paths), ids_of(shown)];
        self.session.write_optional(Statement::Conditions, &arguments, |row| {
            let place = usize::try_from(row.i64(0) - 1).ok();
            if let Some(held) = place.and_then(|place| held.get_mut(place)) {
                *held = row.bool(1);
            }
        })?;
        let failed = rule.when.iter().zip(held).find(|(_, held)| !held);
        Ok(Ok(failed.map(|(condition, _)| condition.parent.as_str())))
    }

    fn leave_out(&self, step: &Step, cause: &str, reason: &str) -> Result<bool, TaskerError> {
        self.resolve_columns(step.id, None)?;
        let metadata = json!({ "triggered_by": cause, "skipped": true, "reason": reason });
        self.move_step(step.id, step.state, StepState::ResolvedManually, metadata)?;
        Ok(true)
    }
}
