//! Statements that write the tables of the engine, and those about rules.

#[rustfmt::skip]
macro_rules! with_writes {
    ($next:ident $($more:ident)*; $($known:tt)*) => {
        $next! {
            $($more)*;
            $($known)*
            // write.sql
            LockStepRow(INT8OID) -> [INT8OID] = "write/lock_step_row";
            LockStepRows(INT8ARRAYOID) -> [INT8OID] = "write/lock_step_rows";
            LockCurrentTransitions(INT8ARRAYOID) -> [INT8OID] = "write/lock_current_transitions";
            LockFreeStepRows(INT8ARRAYOID) -> [INT8OID] = "write/lock_free_step_rows";
            LockFreeCurrentTransitions(INT8ARRAYOID) -> [INT8OID] = "write/lock_free_current_transitions";
            LockFacts(INT8ARRAYOID) -> STEP = "write/lock_facts";
            LockFreeSteps(INT8ARRAYOID) -> STEP = "write/lock_free_steps";
            LeaveStepStates(INT8ARRAYOID, TIMESTAMPOID) -> [] = "write/leave_step_states";
            EnterStepStates(INT8ARRAYOID, JSONBARRAYOID, TEXTOID, TEXTOID, TIMESTAMPOID) -> [
                INT8OID, INT8OID, INT4OID, BOOLOID
            ] = "write/enter_step_states";
            EnterOneStepState(INT8OID, JSONBOID, TEXTOID, TEXTOID, TIMESTAMPOID) -> [
                INT8OID, INT8OID, INT4OID, BOOLOID
            ] = "write/enter_step_states";
            LockTask(INT8OID) -> [INT8OID] = "write/lock_task";
            LockFreeTasks(INT8ARRAYOID) -> [INT8OID] = "write/lock_free_tasks";
            LockFreeTaskTransitions(INT8ARRAYOID) -> [INT8OID] = "write/lock_free_task_transitions";
            LeaveTaskState(INT8OID, TIMESTAMPOID) -> [] = "write/leave_task_state";
            EnterTaskState(INT8OID, TEXTOID, TEXTOID, JSONBOID, TIMESTAMPOID) -> [
                INT8OID, INT4OID
            ] = "write/enter_task_state";
            SetTaskComplete(INT8OID, TIMESTAMPOID) -> [] = "write/set_task_complete";
            HoldSteps(INT8ARRAYOID, TIMESTAMPOID) -> [] = "write/hold_steps";
            CompleteOneStep(INT8OID, JSONBOID, INT4OID, TIMESTAMPOID) -> [] = "write/complete_steps";
            CompleteSteps(INT8ARRAYOID, JSONBARRAYOID, INT4ARRAYOID, TIMESTAMPOID) -> [
            ] = "write/complete_steps";
            FailStep(INT8OID, TEXTOID, INT4OID, TIMESTAMPOID, INT4OID, BOOLOID) -> [] = "write/fail_step";
            LetGoSteps(INT8ARRAYOID, TIMESTAMPOID) -> [] = "write/let_go_steps";
            PutOffStep(INT8OID, INT4OID, TIMESTAMPOID) -> [] = "write/put_off_step";
            ResolveStep(INT8OID, BOOLOID, JSONBOID, TIMESTAMPOID) -> [] = "write/resolve_step";
            RetryStep(INT8OID, TIMESTAMPOID) -> [] = "write/retry_step";
            ResetStep(INT8OID, BOOLOID, TIMESTAMPOID) -> [] = "write/reset_step";
            SetRetryLimit(INT8OID, INT4OID, TIMESTAMPOID) -> [] = "write/set_retry_limit";
            SetTaskPause(INT8OID, TIMESTAMPOID, TEXTOID, TEXTOID) -> [] = "write/set_task_pause";
            SetTaskPriority(INT8OID, INT4OID) -> [] = "write/set_task_priority";
            AnnotateTask(INT8OID, TEXTOID, JSONBOID, TIMESTAMPOID) -> [INT8OID] = "write/annotate_task";
            LockFreeTaskFacts(INT8ARRAYOID) -> [INT8OID] = "write/lock_free_task_facts";
            LockTaskFacts(INT8OID) -> [INT8OID] = "write/lock_task_facts";
            LockTaskTransition(INT8OID) -> [INT8OID] = "write/lock_task_transition";
            // create.sql
            PutNewSteps(INT8OID, TEXTOID, TIMESTAMPOID) -> [INT8OID, TEXTOID] = "create/put_new_steps";
            CreateTasks(TEXTOID, JSONBARRAYOID, TIMESTAMPOID) -> [
                INT8OID, INT8OID, TEXTOID
            ] = "create/put_tasks";
            TasksOfIdentities(TEXTARRAYOID) -> [TEXTOID, INT8OID, INT4OID] = "create/tasks_of_identities";
            SetPriorities(INT8ARRAYOID, INT4ARRAYOID) -> [] = "create/set_priorities";
            SetParents(INT8ARRAYOID, INT8ARRAYOID) -> [] = "create/set_parents";
            CreateSteps(TEXTOID, TEXTOID, TIMESTAMPOID) -> [INT8OID, INT8OID, INT4OID] = "create/put_steps";
            CreateEdges(INT8ARRAYOID, INT8ARRAYOID, TIMESTAMPOID) -> [] = "create/put_edges";
            // delete.sql
            LockStepsOfTask(INT8OID) -> [INT8OID] = "delete/lock_steps";
            DeleteAnnotations(INT8OID) -> [] = "delete/annotations";
            DeleteTaskTransitions(INT8OID) -> [] = "delete/task_transitions";
            DeleteStepTransitions(INT8ARRAYOID) -> [] = "delete/step_transitions";
            DeleteEdges(INT8ARRAYOID) -> [] = "delete/edges";
            DeleteStepRows(INT8ARRAYOID) -> [] = "delete/steps";
            DeleteTaskRow(INT8OID) -> [] = "delete/task";
            // template.sql
            PutNamespace(TEXTOID, TIMESTAMPOID) -> [] = "template/put_namespace";
            PutSystems(TEXTOID, TIMESTAMPOID) -> [] = "template/put_systems";
            PutNamedSteps(TEXTOID, TIMESTAMPOID) -> [] = "template/put_named_steps";
            PutNamedTask(TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TIMESTAMPOID) -> [
                INT4OID, BOOLOID
            ] = "template/put_named_task";
            PutTemplateSteps(INT4OID, TEXTOID, TIMESTAMPOID) -> [] = "template/put_template_steps";
            DropTemplateSteps(INT4OID, TEXTOID) -> [] = "template/drop_template_steps";
            TemplateVersions(TEXTOID, TEXTOID) -> [INT4OID, TEXTOID, BOOLOID] = "template/versions";
            TemplateNames() -> [TEXTOID, TEXTOID] = "template/names";
            StoredTemplate(INT4OID) -> [JSONBOID] = "template/stored";
            NamedStepsOfTemplate(INT4OID) -> [TEXTOID, TEXTOID, INT4OID] = "template/named_steps";
            // rules.sql
            RulesOfSteps(INT8ARRAYOID) -> [
                INT8OID, JSONBOID, TIMESTAMPOID, INT8OID, TEXTOID, TIMESTAMPOID
            ] = "rules/of_steps";
            SkippedSteps(INT8ARRAYOID) -> [INT8OID] = "rules/skipped_steps";
            RoleOfRule(INT8OID) -> [TEXTOID, TEXTOID] = "rules/role";
            PutRules(INT8ARRAYOID, TEXTARRAYOID, TEXTOID, TEXTARRAYOID) -> [] = "rules/put";
            MarkRuledSteps(INT8ARRAYOID) -> [] = "rules/mark_steps";
            WakeSteps(INT8ARRAYOID) -> [] = "rules/wake_steps";
            WakeChildren(INT8ARRAYOID) -> [] = "rules/wake_children";
            WakeWaiters(INT8OID) -> [] = "rules/wake_waiters";
            TakeDecisions(INT4OID, INT8OID) -> [INT8OID, INT8OID, XIDOID] = "rules/take_decisions";
            TakeDecisionsOf(INT8ARRAYOID) -> [INT8OID, INT8OID, XIDOID] = "rules/take_decisions_of";
            SeeDecisions() -> [INT8OID, INT8OID] = "rules/see_decisions";
            DropDecisions(INT8ARRAYOID, INT8ARRAYOID) -> [] = "rules/drop_decisions";
            RuledChildren(INT8ARRAYOID) -> [INT8OID] = "rules/children";
            BeginWait(INT8OID, TIMESTAMPOID) -> [] = "rules/begin";
            SetWaitedTask(INT8OID, INT8OID, BOOLOID) -> [] = "rules/set_waited_task";
            Conditions(INT8OID, TEXTARRAYOID, TEXTARRAYOID, INT8ARRAYOID) -> [
                INT8OID, BOOLOID
            ] = "rules/conditions";
            PutSignal(INT8OID, TEXTOID, JSONBOID, TIMESTAMPOID, TEXTOID) -> [] = "rules/put_signal";
            SignalExists(INT8OID, TEXTOID) -> [BOOLOID] = "rules/signal_exists";
            WaitingForSignal(INT8OID, TEXTOID) -> [INT8OID] = "rules/waiting_for_signal";
            SignalResults(INT8OID) -> [TEXTOID, JSONBOID, TEXTOID, TEXTOID] = "rules/signal_results";
            TaskResults(INT8OID, INT8ARRAYOID) -> [TEXTOID, TEXTOID, JSONBOID] = "rules/task_results";
            InputsOfStep(INT8OID) -> [JSONBOID] = "rules/inputs";
            DepthOfSubtask(INT8OID) -> [INT4OID] = "rules/depth_of_subtask";
            WaitsForTask(INT8OID, INT8ARRAYOID) -> [INT8OID] = "rules/waits_for_task";
            WaitsForItself(INT8OID) -> [BOOLOID] = "rules/waits_for_itself";
            CreatedTasks(INT8ARRAYOID) -> [INT8OID] = "rules/created_tasks";
            DeleteRule(INT8OID) -> [] = "rules/delete";
            DeleteSignals(INT8OID) -> [] = "rules/delete_signals";
            PutDecisions(INT8ARRAYOID, INT8ARRAYOID) -> [] = "rules/put_decisions";
        }
    };
}
pub(super) use with_writes;
