//! A workflow that is not yet written: named steps, and the steps that each waits for.

use std::borrow::Cow;

/// The steps of a workflow, each after the steps that it depends on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Blueprint {
    /// The steps in the order of their creation.
    pub steps: Vec<BlueprintStep>,
}

/// One step of a [`Blueprint`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlueprintStep {
    /// The name, unique in the workflow.
    pub name: Cow<'static, str>,
    /// The indexes, from 0, of the steps that it depends on.
    pub parents: Vec<usize>,
}

impl Blueprint {
    /// The edges as indexes of parent and child, child by child.
    pub fn edges(&self) -> impl Iterator<Item = (usize, usize)> {
        let parents = |(child, step): (usize, &BlueprintStep)| {
            step.parents.iter().map(move |parent| (*parent, child)).collect::<Vec<_>>()
        };
        self.steps.iter().enumerate().flat_map(parents)
    }

    /// The indexes of the steps without parents.
    pub fn roots(&self) -> impl Iterator<Item = usize> {
        let roots = self.steps.iter().enumerate().filter(|(_, step)| step.parents.is_empty());
        roots.map(|(place, _)| place)
    }

    /// The names of the steps that a step depends on.
    pub fn parent_names(&self, step: &BlueprintStep) -> Vec<String> {
        let named = step.parents.iter().filter_map(|parent| self.steps.get(*parent));
        named.map(|parent| parent.name.to_string()).collect()
    }
}
