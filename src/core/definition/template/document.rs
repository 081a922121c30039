//! Writes the document that `tasker_template_graph` returns, with the content of the engine's template
//! analyzer.

use super::Template;
use crate::core::dag::Dag;
use serde::Serialize;

/// The graph of a template.
#[derive(Debug, Serialize)]
pub struct TemplateGraph<'a> {
    name: &'a str,
    namespace: &'a str,
    version: &'a str,
    nodes: Vec<TemplateNode<'a>>,
    edges: Vec<Edge<'a>>,
    /// Every step after all that it depends on.
    topology: Vec<&'a str>,
    /// The names of each level.
    levels: Vec<Vec<&'a str>>,
    roots: Vec<&'a str>,
    leaves: Vec<&'a str>,
    summary: Summary,
}

#[derive(Debug, Serialize)]
struct TemplateNode<'a> {
    name: &'a str,
    description: &'a str,
    dependent_system: &'a str,
    handler_class: Option<&'a str>,
    level: u32,
    skippable: bool,
    retry_limit: i32,
    dependencies: &'a [String],
}

#[derive(Debug, Serialize)]
struct Edge<'a> {
    from: &'a str,
    to: &'a str,
}

#[derive(Debug, Serialize)]
struct Summary {
    total_steps: usize,
    total_dependencies: usize,
    /// The level of the deepest step, 0 for a root.
    max_depth: u32,
    /// The number of steps of the widest level.
    parallel_branches: usize,
}

/// Describes a template by its graph.
///
/// # Complexity
/// O(steps + dependencies).
pub fn graph_document<'a>(template: &'a Template, dag: &Dag) -> TemplateGraph<'a> {
    let steps = &template.step_templates;
    let name = |at: usize| steps[at].name.as_str();
    let levels = dag.levels();
    let mut names_by_level: Vec<Vec<&str>> = vec![Vec::new(); Dag::widths(&levels).len()];
    for (at, level) in levels.iter().enumerate() {
        names_by_level[*level as usize].push(name(at));
    }
    let node = |(step, level): (&'a super::StepTemplate, &u32)| TemplateNode {
        name: &step.name,
        description: step.description.as_deref().unwrap_or(&step.name),
        dependent_system: template.system_of(step),
        handler_class: step.handler_class.as_deref(),
        level: *level,
        skippable: step.skippable,
        retry_limit: step.default_retry_limit,
        dependencies: &step.depends_on_steps,
    };
    let edges: Vec<Edge> = dag.edges().map(|(from, to)| Edge { from: name(from), to: name(to) }).collect();
    TemplateGraph {
        name: &template.name,
        namespace: &template.namespace_name,
        version: &template.version,
        nodes: steps.iter().zip(&levels).map(node).collect(),
        summary: Summary {
            total_steps: steps.len(),
            total_dependencies: edges.len(),
            max_depth: levels.iter().copied().max().unwrap_or(0),
            parallel_branches: names_by_level.iter().map(Vec::len).max().unwrap_or(0),
        },
        edges,
        topology: dag.topological_order().iter().copied().map(name).collect(),
        levels: names_by_level,
        roots: dag.roots().into_iter().map(name).collect(),
        leaves: dag.leaves().into_iter().map(name).collect(),
    }
}
