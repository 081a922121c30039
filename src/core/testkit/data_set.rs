//! Data sets: many tasks at once.

use super::blueprint::Blueprint;
use super::distribution::{Distribution, TaskSource};
use super::random::Random;
use super::random_shape::RandomShape;

/// The number of different random workflows in a data set.
pub const RANDOM_WORKFLOWS: usize = 16;
/// The number of steps of each random workflow.
pub const RANDOM_WORKFLOW_STEPS: usize = 10;

/// The tasks of a data set, in the order of their creation.
#[derive(Clone, Debug, PartialEq)]
pub struct DataSet {
    /// The different workflows.
    pub workflows: Vec<(TaskSource, Blueprint)>,
    /// For each task, the index of its workflow.
    pub tasks: Vec<usize>,
}

impl DataSet {
    /// Plans a data set. Counts and patterns do not depend on the seed; their order and the random workflows do. Same
    /// arguments, same data set, in every version. O(tasks).
    pub fn plan(tasks: usize, distribution: &Distribution, seed: u64) -> Self {
        let mut set = Self { workflows: Vec::new(), tasks: Vec::with_capacity(tasks) };
        for (source, count) in distribution.allot(tasks) {
            if count == 0 {
                continue;
            }
            let first = set.workflows.len();
            match source {
                TaskSource::Pattern(pattern) => set.workflows.push((source, pattern.blueprint())),
                TaskSource::Random => {
                    set.workflows.extend(random_workflows(seed).map(|found| (source, found)))
                }
            }
            let different = set.workflows.len() - first;
            set.tasks.extend((0..count).map(|number| first + number % different));
        }
        Random::new(seed, 0).shuffle(&mut set.tasks);
        set
    }

    /// Counts the tasks of each source, in the order of the distribution. O(tasks).
    pub fn counts(&self) -> Vec<DataPart> {
        let mut tasks = vec![0; self.workflows.len()];
        for workflow in &self.tasks {
            tasks[*workflow] += 1;
        }
        let mut counts: Vec<DataPart> = Vec::new();
        for ((source, workflow), tasks) in self.workflows.iter().zip(tasks) {
            let (steps, edges) = (tasks * workflow.steps.len(), tasks * workflow.edges().count());
            match counts.last_mut().filter(|made| made.source == *source) {
                Some(made) => {
                    made.tasks += tasks;
                    made.steps += steps;
                    made.edges += edges;
                }
                None => counts.push(DataPart { source: *source, tasks, steps, edges }),
            }
        }
        counts
    }
}

/// The part of a data set from one source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataPart {
    /// The source.
    pub source: TaskSource,
    /// The number of tasks.
    pub tasks: usize,
    /// The number of their steps.
    pub steps: usize,
    /// The number of their edges.
    pub edges: usize,
}

fn random_workflows(seed: u64) -> impl Iterator<Item = Blueprint> {
    let mut random = Random::new(seed, 1);
    (0..RANDOM_WORKFLOWS as u64).map(move |number| {
        let shape = random.one_of(&RandomShape::ALL);
        shape.blueprint(RANDOM_WORKFLOW_STEPS, seed.wrapping_add(number))
    })
}
