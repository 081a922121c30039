//! Workflows with names: those of the engine's tests, and two common ones, `etl` and `batch`.

use super::blueprint::{Blueprint, BlueprintStep};

/// A workflow of the engine's tests, or one of tasker_core's. `batch` stands for a hierarchy of tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Pattern {
    /// Six steps, one after the other.
    Linear,
    /// A fork in two, and their merge.
    Diamond,
    /// Four roots that come together.
    ParallelMerge,
    /// A root, two branches of two steps each, and a step that waits for all of them.
    Tree,
    /// Two roots, a fork, and a leaf beside the last step.
    Mixed,
    /// The engine's dummy task.
    Dummy,
    /// The engine's task whose steps can be made to fail.
    ConfigurableFailure,
    /// The engine's example of calls to other systems.
    ApiIntegration,
    /// Extract, transform, load: the pipeline of the engine's second article (customer analytics).
    Etl,
    /// A list that is processed in parts, each by a task of its own.
    Batch,
    /// The work of one part of a batch.
    BatchPart,
}

/// Name and parents of each step, as a template has them.
type Steps = &'static [(&'static str, &'static [&'static str])];

impl Pattern {
    /// Every pattern, those of the engine's data sets first, in their order.
    pub const ALL: [Self; 11] = [
        Self::Linear,
        Self::Diamond,
        Self::ParallelMerge,
        Self::Tree,
        Self::Mixed,
        Self::Dummy,
        Self::ConfigurableFailure,
        Self::ApiIntegration,
        Self::Etl,
        Self::Batch,
        Self::BatchPart,
    ];

    /// The name in SQL, which its tasks have too.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Linear => "linear",
            Self::Diamond => "diamond",
            Self::ParallelMerge => "parallel_merge",
            Self::Tree => "tree",
            Self::Mixed => "mixed",
            Self::Dummy => "dummy",
            Self::ConfigurableFailure => "configurable_failure",
            Self::ApiIntegration => "api_integration",
            Self::Etl => "etl",
            Self::Batch => "batch",
            Self::BatchPart => "batch_part",
        }
    }

    /// The pattern of that name, if there is one.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|pattern| pattern.as_str() == name)
    }

    /// The steps and edges. O(steps²), with at most nine steps.
    pub fn blueprint(self) -> Blueprint {
        let steps = self.steps();
        let place = |name: &str| steps.iter().position(|(known, _)| *known == name);
        let step = |&(name, parents): &(&'static str, &'static [&'static str])| BlueprintStep {
            name: name.into(),
            parents: parents.iter().filter_map(|parent| place(parent)).collect(),
        };
        Blueprint { steps: steps.iter().map(step).collect() }
    }

    /// The steps that have a task of their own, and what that task is.
    pub const fn children(self) -> &'static [(&'static str, Self)] {
        match self {
            Self::Batch => &[
                ("process_part_one", Self::BatchPart),
                ("process_part_two", Self::BatchPart),
                ("process_part_three", Self::BatchPart),
            ],
            Self::Linear
            | Self::Diamond
            | Self::ParallelMerge
            | Self::Tree
            | Self::Mixed
            | Self::Dummy
            | Self::ConfigurableFailure
            | Self::ApiIntegration
            | Self::Etl
            | Self::BatchPart => &[],
        }
    }

    const fn steps(self) -> Steps {
        match self {
            Self::Linear => &[
                ("initialize_data", &[]),
                ("validate_input", &["initialize_data"]),
                ("process_data", &["validate_input"]),
                ("transform_results", &["process_data"]),
                ("validate_output", &["transform_results"]),
                ("finalize_workflow", &["validate_output"]),
            ],
            Self::Diamond => &[
                ("start_workflow", &[]),
                ("branch_one_process", &["start_workflow"]),
                ("branch_two_process", &["start_workflow"]),
                ("branch_one_validate", &["branch_one_process"]),
                ("branch_two_validate", &["branch_two_process"]),
                ("merge_branches", &["branch_one_validate", "branch_two_validate"]),
                ("end_workflow", &["merge_branches"]),
            ],
            Self::ParallelMerge => &[
                ("fetch_user_data", &[]),
                ("fetch_order_data", &[]),
                ("fetch_inventory_data", &[]),
                ("fetch_pricing_data", &[]),
                ("process_user_data", &["fetch_user_data"]),
                ("process_order_data", &["fetch_order_data"]),
                (
                    "merge_all_data",
                    &[
                        "process_user_data",
                        "process_order_data",
                        "fetch_inventory_data",
                        "fetch_pricing_data",
                    ],
                ),
            ],
            Self::Tree => &[
                ("root_initialization", &[]),
                ("branch_a_setup", &["root_initialization"]),
                ("branch_b_setup", &["root_initialization"]),
                ("branch_a_task_one", &["branch_a_setup"]),
                ("branch_a_task_two", &["branch_a_setup"]),
                ("branch_b_task_one", &["branch_b_setup"]),
                ("branch_b_task_two", &["branch_b_setup"]),
                (
                    "aggregate_results",
                    &["branch_a_task_one", "branch_a_task_two", "branch_b_task_one", "branch_b_task_two"],
                ),
            ],
            Self::Mixed => &[
                ("init_auth", &[]),
                ("validate_permissions", &["init_auth"]),
                ("init_config", &[]),
                ("setup_environment", &["init_config"]),
                ("begin_processing", &["validate_permissions", "setup_environment"]),
                ("process_critical_data", &["begin_processing"]),
                ("process_optional_data", &["begin_processing"]),
                ("cleanup_temp_files", &["setup_environment"]),
                ("finalize_and_report", &["process_critical_data", "cleanup_temp_files"]),
            ],
            Self::Dummy => &[
                ("step-one", &[]),
                ("step-two", &[]),
                ("step-three", &["step-two"]),
                ("step-four", &["step-three"]),
            ],
            Self::ConfigurableFailure => &[
                ("reliable_step", &[]),
                ("flaky_step", &["reliable_step"]),
                ("timeout_step", &["flaky_step"]),
                ("idempotent_step", &["timeout_step"]),
            ],
            Self::ApiIntegration => &[
                ("fetch_cart", &[]),
                ("fetch_products", &[]),
                ("validate_products", &["fetch_cart", "fetch_products"]),
                ("create_order", &["validate_products"]),
                ("publish_event", &["create_order"]),
            ],
            Self::Etl => &[
                ("extract_orders", &[]),
                ("extract_users", &[]),
                ("extract_products", &[]),
                ("transform_customer_metrics", &["extract_orders", "extract_users"]),
                ("transform_product_metrics", &["extract_orders", "extract_products"]),
                ("generate_insights", &["transform_customer_metrics", "transform_product_metrics"]),
                ("update_dashboard", &["generate_insights"]),
                ("send_notifications", &["update_dashboard"]),
            ],
            Self::Batch => &[
                ("split_batch", &[]),
                ("process_part_one", &["split_batch"]),
                ("process_part_two", &["split_batch"]),
                ("process_part_three", &["split_batch"]),
                ("collect_parts", &["process_part_one", "process_part_two", "process_part_three"]),
            ],
            Self::BatchPart => {
                &[("load_part", &[]), ("process_part", &["load_part"]), ("store_part", &["process_part"])]
            }
        }
    }
}
