//! Steps of one or many tasks with their parents, laid out so that the rules read them in one pass.

use crate::core::ids::{StepId, TaskId};
use crate::core::rules::{Decision, RuleState, decide};
use crate::core::state::StepState;
pub use crate::core::step::{Parent, Step, Task};
use crate::core::time::Timestamp;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

/// Steps of whole tasks, ordered by task and step, with their parents resolved.
#[derive(Clone, Debug, Default)]
pub struct Steps {
    steps: Vec<Step>,
    /// The parents of all steps, step after step.
    parents: Vec<Parent>,
    /// The index in `parents` at which each step's parents end; they begin where those of the step before end.
    parents_end: Vec<usize>,
    /// The rules of those that have one.
    ruled: HashMap<StepId, RuleState>,
}

/// Collects steps and the ids of their parents until all are there to be resolved.
#[derive(Debug, Default)]
pub struct StepsBuilder {
    steps: Vec<(Step, Range<usize>)>,
    parent_ids: Vec<StepId>,
}

impl StepsBuilder {
    /// Adds a step and its parents, one for each incoming edge.
    pub fn push(&mut self, step: Step, parent_ids: impl IntoIterator<Item = StepId>) {
        let start = self.parent_ids.len();
        self.parent_ids.extend(parent_ids);
        self.steps.push((step, start..self.parent_ids.len()));
    }

    /// Finds every parent that is a step of its child's own task. Call it when whole tasks have been pushed.
    ///
    /// # Complexity
    /// O(S log S + E log s) for S steps and E edges in tasks of s steps; no sorting when the steps came in order.
    pub fn link(mut self) -> LinkedSteps {
        self.sort();
        let mut parents = Vec::with_capacity(self.parent_ids.len());
        let mut parents_end = Vec::with_capacity(self.steps.len());
        let mut outside = Vec::new();
        let mut first = 0;
        for siblings in self.steps.chunk_by(|(a, _), (b, _)| a.task_id == b.task_id) {
            for (_, ids) in siblings {
                for &id in &self.parent_ids[ids.clone()] {
                    let (state, state_since, index) = match position(siblings, id) {
                        Some(at) => (siblings[at].0.state, siblings[at].0.state_since, Some(first + at)),
                        None => {
                            outside.push(parents.len());
                            (StepState::Pending, None, None)
                        }
                    };
                    parents.push(Parent { id, state, state_since, index });
                }
                parents_end.push(parents.len());
            }
            first += siblings.len();
        }
        let steps = self.steps.into_iter().map(|(step, _)| step).collect();
        LinkedSteps { steps: Steps { steps, parents, parents_end, ruled: HashMap::new() }, outside }
    }

    fn sort(&mut self) {
        if !self.steps.is_sorted_by_key(|(step, _)| (step.task_id, step.id)) {
            self.steps.sort_unstable_by_key(|(step, _)| (step.task_id, step.id));
        }
    }
}

/// Steps whose parents are known but for those of other tasks.
#[derive(Debug)]
pub struct LinkedSteps {
    steps: Steps,
    /// The indexes in `steps.parents` of parents that belong to another task.
    outside: Vec<usize>,
}

impl LinkedSteps {
    /// The parents that belong to another task than their child, each once: to be looked up for
    /// [`Self::resolve`].
    pub fn outside_parents(&self) -> Vec<StepId> {
        let mut ids: Vec<StepId> = self.outside.iter().map(|&at| self.steps.parents[at].id).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// The steps with a rule that have more than `many` such parents.
    pub fn ruled_with_many_parents(&self, many: usize) -> Vec<StepId> {
        let ruled = self.outside_by_step().filter(|(step, outside)| step.has_rule && outside.len() > many);
        ruled.map(|(step, _)| step.id).collect()
    }

    /// For each step without a rule, or among `gathering`, that has more than `many` such parents, the last parent:
    /// while it is unfinished, the step waits, whatever the other parents do.
    pub fn last_of_many_parents(&self, many: usize, gathering: &HashSet<StepId>) -> Vec<StepId> {
        self.outside_by_step()
            .filter_map(|(step, outside)| self.last_of_many(step, outside, many, gathering))
            .collect()
    }

    /// The parents of [`Self::outside_parents`] that decide whether a step is ready: none for a step whose last parent
    /// of many is known to be `unfinished`.
    pub fn deciding_parents(
        &self,
        many: usize,
        gathering: &HashSet<StepId>,
        unfinished: &HashSet<StepId>,
    ) -> Vec<StepId> {
        let waits = |step: &Step, outside: &[usize]| {
            self.last_of_many(step, outside, many, gathering).is_some_and(|last| unfinished.contains(&last))
        };
        let deciding = self.outside_by_step().filter(|(step, outside)| !waits(step, outside));
        let mut ids: Vec<StepId> =
            deciding.flat_map(|(_, outside)| outside).map(|&at| self.steps.parents[at].id).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    fn last_of_many(
        &self,
        step: &Step,
        outside: &[usize],
        many: usize,
        gathering: &HashSet<StepId>,
    ) -> Option<StepId> {
        let needs_all = !step.has_rule || gathering.contains(&step.id);
        let last = outside.last().filter(|_| outside.len() > many && needs_all)?;
        Some(self.steps.parents[*last].id)
    }

    /// Each step with the indexes of its parents that belong to another task.
    fn outside_by_step(&self) -> impl Iterator<Item = (&Step, &[usize])> {
        let mut rest = &self.outside[..];
        self.steps.steps.iter().zip(&self.steps.parents_end).map(move |(step, end)| {
            let (own, others) = rest.split_at(rest.partition_point(|at| at < end));
            rest = others;
            (step, own)
        })
    }

    /// Fills in the parents of other tasks; one that is not in `states` counts as pending.
    pub fn resolve(mut self, states: &HashMap<StepId, (StepState, Option<Timestamp>)>) -> Steps {
        for at in self.outside {
            let parent = &mut self.steps.parents[at];
            if let Some(&(state, since)) = states.get(&parent.id) {
                (parent.state, parent.state_since) = (state, since);
            }
        }
        self.steps
    }
}

/// The index of a step among the steps of one task, which are ordered by id.
fn position(siblings: &[(Step, Range<usize>)], id: StepId) -> Option<usize> {
    siblings.binary_search_by_key(&id, |(step, _)| step.id).ok()
}

impl Steps {
    /// The steps, ordered by task and step.
    pub fn all(&self) -> &[Step] {
        &self.steps
    }

    /// The parents of the step at an index of [`Self::all`], one for each incoming edge: a repeated edge
    /// counts again.
    pub fn parents(&self, index: usize) -> &[Parent] {
        let start = if index == 0 { 0 } else { self.parents_end[index - 1] };
        &self.parents[start..self.parents_end[index]]
    }

    /// The parents of one of these steps.
    ///
    /// # Complexity
    /// O(log n)
    pub fn parents_of(&self, step: &Step) -> &[Parent] {
        let found = self.steps.binary_search_by_key(&(step.task_id, step.id), |step| (step.task_id, step.id));
        found.map_or(&[], |index| self.parents(index))
    }

    /// For each step, the index of the mapped step that it is a copy of: a child of the same name, with a rule.
    ///
    /// # Complexity
    /// O(V + E).
    pub fn mapped(&self) -> Vec<Option<usize>> {
        let mut mapped = vec![None; self.steps.len()];
        for (at, step) in self.steps.iter().enumerate().filter(|(_, step)| step.has_rule) {
            for parent in self.parents(at).iter().filter_map(|parent| parent.index) {
                if self.steps[parent].named_step_id == step.named_step_id {
                    mapped[parent] = Some(at);
                }
            }
        }
        mapped
    }

    /// Adds rules to the steps that have one.
    pub fn with_rules(self, ruled: HashMap<StepId, RuleState>) -> Self {
        Self { ruled, ..self }
    }

    /// Removes the finished parents that `is_hidden`: they hold nothing up, and the caller must not learn of them. A
    /// step with a rule counts its parents, and keeps all of them.
    pub fn without_hidden_parents(mut self, is_hidden: impl Fn(&Parent) -> bool) -> Self {
        let (mut kept, mut start) = (Vec::with_capacity(self.parents.len()), 0);
        for (step, end) in self.steps.iter().zip(&mut self.parents_end) {
            let parents = self.parents[start..*end].iter();
            let is_kept =
                |parent: &&Parent| step.has_rule || !parent.state.satisfies_children() || !is_hidden(parent);
            kept.extend(parents.filter(is_kept));
            (start, *end) = (*end, kept.len());
        }
        self.parents = kept;
        self
    }

    /// The rule of a step; `None` for one that waits as the engine's do.
    pub fn rule(&self, step: &Step) -> Option<&RuleState> {
        if step.has_rule { self.ruled.get(&step.id) } else { None }
    }

    /// The decision of a step's rule; `None` for a step without a rule.
    pub fn decision(&self, step: &Step, now: Timestamp) -> Option<Decision> {
        self.rule(step).map(|rule| decide(step, rule, now))
    }

    /// The indexes of each task's steps in [`Self::all`], for every task that has steps.
    pub fn by_task(&self) -> impl Iterator<Item = (TaskId, Range<usize>)> + '_ {
        let mut start = 0;
        self.steps.chunk_by(|a, b| a.task_id == b.task_id).map(move |steps| {
            let range = start..start + steps.len();
            start = range.end;
            (steps[0].task_id, range)
        })
    }
}
