//! Moves of steps that are locked, from one state to another.

use super::export;
use super::fired;
use super::queue;
use super::side_rows::WrittenColumns;
use super::spi::{self, LookUp, NewTransition, Statement};
use super::writer::{Moved, Writer, is_current};
use crate::core::error::TaskerError;
use crate::core::ids::StepId;
use crate::core::state::StepState;
use crate::core::steps::Step;
use pgrx::IntoDatum;
use serde_json::Value;

impl Writer<'_> {
    /// Moves steps that are locked, all from one state to another, each with its metadata.
    pub fn move_steps(
        &self,
        moves: &[(StepId, Value)],
        from: StepState,
        to: StepState,
    ) -> Result<Vec<Moved>, TaskerError> {
        let (moved, steps) = self.enter_steps(moves, from, to, None)?;
        queue::follow(self.session, to, &steps)?;
        Ok(moved)
    }

    /// The same, but the queues do not follow: returns the steps as they are now. Their columns need not be read by who has
    /// `written` them.
    pub fn enter_steps(
        &self,
        moves: &[(StepId, Value)],
        from: StepState,
        to: StepState,
        written: Option<WrittenColumns>,
    ) -> Result<(Vec<Moved>, Vec<Step>), TaskerError> {
        let moved = self.pass_through(moves, from, to)?;
        Ok((moved, self.carry_over(moves, to, written)?))
    }

    /// Starts steps that have never been moved: there is no transition to leave.
    pub fn enter_first(
        &self,
        moves: &[(StepId, Value)],
        from: StepState,
        to: StepState,
        written: Option<WrittenColumns>,
    ) -> Result<(), TaskerError> {
        let ids: Vec<i64> = moves.iter().map(|(step, _)| step.0).collect();
        fired::led(&ids, || self.enter_states(moves, &ids, from, to))?;
        self.carry_over(moves, to, written)?;
        Ok(())
    }

    /// The same for a state that steps leave at once: only the history knows of it.
    pub fn pass_through(
        &self,
        moves: &[(StepId, Value)],
        from: StepState,
        to: StepState,
    ) -> Result<Vec<Moved>, TaskerError> {
        let ids: Vec<i64> = moves.iter().map(|(step, _)| step.0).collect();
        fired::led(&ids, || {
            if !self.leave_free_states(&ids)? {
                let arguments = [spi::bigint_array(&ids), spi::timestamp(self.now)];
                self.rails(Statement::LeaveStepStates, &arguments, |_| {})?;
            }
            self.enter_states(moves, &ids, from, to)
        })
    }

    /// The current transitions of steps are so no longer; `false` if a statement has to do it.
    fn leave_free_states(&self, steps: &[i64]) -> Result<bool, TaskerError> {
        let left = vec![(6, false.into_datum()), (8, Some(spi::timestamp(self.now)))];
        let written = self.as_actor(|| {
            self.session.update_rows(LookUp::EngineTransitions, steps, is_current, |_| Ok((left.clone(), ())))
        })?;
        Ok(written.is_some_and(|written| written.busy == 0))
    }

    /// Writes the new current transitions of steps that have none.
    fn enter_states(
        &self,
        moves: &[(StepId, Value)],
        ids: &[i64],
        from: StepState,
        to: StepState,
    ) -> Result<Vec<Moved>, TaskerError> {
        let transition = |(step, metadata): &(StepId, Value)| NewTransition {
            of: step.0,
            from: from.as_str(),
            to: to.as_str(),
            metadata: spi::json(metadata),
            at: self.now,
        };
        let transitions: Vec<NewTransition> = moves.iter().map(transition).collect();
        if let Some(entered) =
            self.as_actor(|| self.session.enter_states(LookUp::EngineTransitions, &transitions))
        {
            let moved = |(transition_id, sort_key)| Moved { transition_id, sort_key };
            return Ok(entered.into_iter().map(moved).collect());
        }
        let (to, from, now) =
            (export::text(to.as_str()), export::text(from.as_str()), spi::timestamp(self.now));
        let (statement, ids, metadata) = match (ids, moves) {
            ([id], [(_, metadata)]) => {
                (Statement::EnterOneStepState, spi::bigint(*id), export::text(&metadata.to_string()))
            }
            _ => {
                let metadata: Vec<String> = moves.iter().map(|(_, metadata)| metadata.to_string()).collect();
                (Statement::EnterStepStates, spi::bigint_array(ids), spi::text_array(&metadata))
            }
        };
        let mut moved = Vec::with_capacity(moves.len());
        self.rails(statement, &[ids, metadata, to, from, now], |row| {
            moved.push(Moved { transition_id: row.i64(0), sort_key: row.i32(2) });
        })?;
        Ok(moved)
    }

    /// Moves one step.
    pub fn move_step(
        &self,
        step: StepId,
        from: StepState,
        to: StepState,
        metadata: Value,
    ) -> Result<Moved, TaskerError> {
        let moved = self.move_steps(&[(step, metadata)], from, to)?;
        moved.first().copied().ok_or(TaskerError::StepNotFound(step))
    }
}
