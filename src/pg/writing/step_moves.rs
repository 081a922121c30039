//! Moves locked steps from one state to another.

use crate::core::error::TaskerError;
use crate::core::event_types;
use crate::core::ids::StepId;
use crate::core::state::StepState;
use crate::core::steps::Step;
use crate::pg::datum::export;
use crate::pg::queue::hints;
use crate::pg::spi::{self, Statement};
use crate::pg::sync::{event_log, suppression};
use crate::pg::writing::side_rows::SideRows;
use crate::pg::writing::writer::{NewTransition, Writer};
use serde_json::Value;
use std::collections::HashMap;

/// Moves of steps from one state to another.
pub struct StepMoves<'a> {
    writer: &'a Writer<'a>,
}

impl<'a> StepMoves<'a> {
    pub fn of(writer: &'a Writer<'a>) -> Self {
        Self { writer }
    }

    /// Moves steps that are locked, all from one state to another, each with its metadata.
    pub fn move_steps(
        &self,
        moves: &[(StepId, Value)],
        from: StepState,
        to: StepState,
    ) -> Result<Vec<NewTransition>, TaskerError> {
        let (moved, steps) = self.enter_steps(moves, from, to)?;
        hints::follow(self.writer.session, to, &steps)?;
        // Triggers of others may have moved a step on before its side row showed this move.
        for step in steps.iter().filter(|step| step.state != to) {
            hints::follow(self.writer.session, step.state, std::slice::from_ref(step))?;
            hints::offer(self.writer.session, step)?;
        }
        Ok(moved)
    }

    /// Moves steps without updating the queues, and returns the steps as they are now.
    pub fn enter_steps(
        &self,
        moves: &[(StepId, Value)],
        from: StepState,
        to: StepState,
    ) -> Result<(Vec<NewTransition>, Vec<Step>), TaskerError> {
        let moved = self.pass_through(moves, from, to)?;
        Ok((moved, SideRows::of(self.writer).carry_over(moves, to)?))
    }

    /// Starts steps that have never been moved, and so have no current transition.
    pub fn enter_first(
        &self,
        moves: &[(StepId, Value)],
        from: StepState,
        to: StepState,
    ) -> Result<(), TaskerError> {
        let ids: Vec<i64> = moves.iter().map(|(step, _)| step.0).collect();
        let enter = || self.enter_states(moves, &ids, from, to);
        suppression::without_following_steps(self.writer.session.schema(), &ids, enter)?;
        SideRows::of(self.writer).carry_over(moves, to)?;
        Ok(())
    }

    /// Moves steps into a state that they leave at once: only the history records it.
    pub fn pass_through(
        &self,
        moves: &[(StepId, Value)],
        from: StepState,
        to: StepState,
    ) -> Result<Vec<NewTransition>, TaskerError> {
        let ids: Vec<i64> = moves.iter().map(|(step, _)| step.0).collect();
        suppression::without_following_steps(self.writer.session.schema(), &ids, || {
            let arguments = [spi::bigint_array(&ids), spi::timestamp(self.writer.now)];
            self.writer.rails(Statement::LeaveStepStates, &arguments, |_| {})?;
            self.enter_states(moves, &ids, from, to)
        })
    }

    /// Writes the new current transitions of steps that have none.
    fn enter_states(
        &self,
        moves: &[(StepId, Value)],
        ids: &[i64],
        from: StepState,
        to: StepState,
    ) -> Result<Vec<NewTransition>, TaskerError> {
        let now = spi::timestamp(self.writer.now);
        let (from_state, to_state) = (from, to);
        let (from, to) = (export::text(from.as_str()), export::text(to.as_str()));
        let (statement, steps, metadata) = match (ids, moves) {
            ([id], [(_, metadata)]) => (Statement::EnterOneStepState, spi::bigint(*id), spi::json(metadata)),
            _ => {
                let metadata: Vec<_> = moves.iter().map(|(_, metadata)| Some(spi::json(metadata))).collect();
                (Statement::EnterStepStates, spi::bigint_array(ids), spi::json_array(&metadata))
            }
        };
        let mut moved = HashMap::with_capacity(moves.len());
        self.writer.rails(statement, &[steps, metadata, to, from, now], |row| {
            let step = row.i64(1);
            if !row.bool(3) {
                // Another owner's trigger has made another row of it.
                suppression::note_disturbed(self.writer.session.schema(), step);
            }
            moved.insert(step, NewTransition { transition_id: row.i64(0), sort_key: row.i32(2) });
        })?;
        let of = |id: &i64| moved.get(id).copied().ok_or(TaskerError::TransitionDiscarded(StepId(*id)));
        let new = ids.iter().map(of).collect::<Result<Vec<_>, _>>()?;
        let is_release =
            moves.first().is_some_and(|(_, metadata)| metadata["triggered_by"] == event_types::RELEASE);
        let event = event_types::of_step(Some(from_state), to_state, is_release);
        let moved = ids.iter().copied().zip(new.iter().map(|transition| transition.transition_id));
        event_log::note_steps(self.writer.session.schema(), event, moved);
        Ok(new)
    }

    /// Moves one step.
    pub fn move_step(
        &self,
        step: StepId,
        from: StepState,
        to: StepState,
        metadata: Value,
    ) -> Result<NewTransition, TaskerError> {
        let moved = self.move_steps(&[(step, metadata)], from, to)?;
        moved.first().copied().ok_or(TaskerError::StepNotFound(step))
    }
}
