//! Lists the statements that write the tables of the engine, and those about rules.

#[rustfmt::skip]
macro_rules! with_writes {
    ($next:ident $($more:ident)*; $($known:tt)*) => {
        $next! {
            $($more)*;
            $($known)*
            // write.sql
            LockStepRow(INT8OID) -> [INT8OID] = "write/lock_step_row" as caller;
            LockStepRows(INT8ARRAYOID) -> [INT8OID] = "write/lock_step_rows" as caller;
            LockCurrentTransitions(INT8ARRAYOID) -> [INT8OID] = "write/lock_current_transitions" as caller;
            LockFreeStepRows(INT8ARRAYOID) -> [INT8OID] = "write/lock_free_step_rows" as caller;
            LockFreeCurrentTransitions(INT8ARRAYOID) -> [
                INT8OID
            ] = "write/lock_free_current_transitions" as caller;
            LockFacts(INT8ARRAYOID) -> STEP = "write/lock_facts";
            LockFreeSteps(INT8ARRAYOID) -> STEP = "write/lock_free_steps";
            LeaveStepStates(INT8ARRAYOID, TIMESTAMPOID) -> [] = "write/leave_step_states" as caller;
            EnterStepStates(INT8ARRAYOID, JSONBARRAYOID, TEXTOID, TEXTOID, TIMESTAMPOID) -> [
                INT8OID, INT8OID, INT4OID, BOOLOID
            ] = "write/enter_step_states" as caller;
            EnterOneStepState(INT8OID, JSONBOID, TEXTOID, TEXTOID, TIMESTAMPOID) -> [
                INT8OID, INT8OID, INT4OID, BOOLOID
            ] = "write/enter_step_states" as caller;
            LockTask(INT8OID) -> [INT8OID] = "write/lock_task" as caller;
            LockFreeTasks(INT8ARRAYOID) -> [INT8OID] = "write/lock_free_tasks" as caller;
            LockFreeTaskTransitions(INT8ARRAYOID) -> [INT8OID] = "write/lock_free_task_transitions" as caller;
            LeaveTaskState(INT8OID, TIMESTAMPOID) -> [] = "write/leave_task_state" as caller;
            EnterTaskState(INT8OID, TEXTOID, TEXTOID, JSONBOID, TIMESTAMPOID) -> [
                INT8OID, INT4OID
            ] = "write/enter_task_state" as caller;
            SetTaskComplete(INT8OID, TIMESTAMPOID) -> [] = "write/set_task_complete" as caller;
            HoldSteps(INT8ARRAYOID, TIMESTAMPOID) -> [] = "write/hold_steps" as caller;
            CompleteOneStep(
                INT8OID, JSONBOID, INT4OID, TIMESTAMPOID
            ) -> [] = "write/complete_steps" as caller;
            CompleteSteps(INT8ARRAYOID, JSONBARRAYOID, INT4ARRAYOID, TIMESTAMPOID) -> [
            ] = "write/complete_steps" as caller;
            FailStep(
                INT8OID, TEXTOID, INT4OID, TIMESTAMPOID, INT4OID, BOOLOID
            ) -> [] = "write/fail_step" as caller;
            LetGoSteps(INT8ARRAYOID, TIMESTAMPOID) -> [] = "write/let_go_steps" as caller;
            PutOffStep(INT8OID, INT4OID, TIMESTAMPOID) -> [] = "write/put_off_step" as caller;
            ResolveStep(INT8OID, BOOLOID, JSONBOID, TIMESTAMPOID) -> [] = "write/resolve_step" as caller;
            RetryStep(INT8OID, TIMESTAMPOID) -> [] = "write/retry_step" as caller;
            ResetStep(INT8OID, BOOLOID, TIMESTAMPOID) -> [] = "write/reset_step" as caller;
            SetRetryLimit(INT8OID, INT4OID, TIMESTAMPOID) -> [] = "write/set_retry_limit" as caller;
            SetTaskPause(INT8OID, TIMESTAMPOID, TEXTOID, TEXTOID) -> [] = "write/set_task_pause";
            SetTaskPriority(INT8OID, INT4OID) -> [] = "write/set_task_priority";
            AnnotateTask(INT8OID, TEXTOID, JSONBOID, TIMESTAMPOID) -> [
                INT8OID
            ] = "write/annotate_task" as caller;
            LockFreeTaskFacts(INT8ARRAYOID) -> [INT8OID] = "write/lock_free_task_facts";
            LockTaskFacts(INT8OID) -> [INT8OID] = "write/lock_task_facts";
            LockTaskTransition(INT8OID) -> [INT8OID] = "write/lock_task_transition" as caller;
            // create.sql
            PutNewSteps(INT8OID, TEXTOID, TIMESTAMPOID) -> [
                INT8OID, TEXTOID
            ] = "create/put_new_steps" as caller;
            PutCopies(INT8OID, JSONBOID, TIMESTAMPOID) -> [INT8OID] = "create/put_copies" as caller;
            CreateTasks(TEXTOID, JSONBARRAYOID, TIMESTAMPOID) -> [
                INT8OID, INT8OID, TEXTOID
            ] = "create/put_tasks" as caller;
            TasksOfIdentities(TEXTARRAYOID) -> [
                TEXTOID, INT8OID, INT4OID
            ] = "create/tasks_of_identities" as caller;
            SetPriorities(INT8ARRAYOID, INT4ARRAYOID) -> [] = "create/set_priorities";
            SetParents(INT8ARRAYOID, INT8ARRAYOID) -> [] = "create/set_parents";
            CreateSteps(TEXTOID, TEXTOID, TIMESTAMPOID) -> [
                INT8OID, INT8OID, INT4OID
            ] = "create/put_steps" as caller;
            CreateEdges(INT8ARRAYOID, INT8ARRAYOID, TIMESTAMPOID) -> [] = "create/put_edges" as caller;
            // delete.sql
            LockStepsOfTask(INT8OID) -> [INT8OID] = "delete/lock_steps" as caller;
            DeleteAnnotations(INT8OID) -> [] = "delete/annotations" as caller;
            DeleteTaskTransitions(INT8OID) -> [] = "delete/task_transitions" as caller;
            DeleteStepTransitions(INT8ARRAYOID) -> [] = "delete/step_transitions" as caller;
            DeleteEdges(INT8ARRAYOID) -> [] = "delete/edges" as caller;
            DeleteStepRows(INT8ARRAYOID) -> [] = "delete/steps" as caller;
            DeleteTaskRow(INT8OID) -> [] = "delete/task" as caller;
            EndedTasks(
                TEXTARRAYOID, TIMESTAMPOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID,
                INT8ARRAYOID, INT8OID, INT4OID
            ) -> [INT8OID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TIMESTAMPOID, INT8OID] = "delete/ended_tasks" as caller;
            TiesOfTasks(INT8ARRAYOID) -> [
                INT8OID, TEXTOID, TIMESTAMPOID, INT8OID, INT8OID, INT8OID, INT8OID
            ] = "delete/ties";
            TiesOfTasksWithShares(INT8ARRAYOID) -> [
                INT8OID, TEXTOID, TIMESTAMPOID, INT8OID, INT8OID, INT8OID, INT8OID
            ] = "delete/ties";
            LockTasksToDelete(INT8ARRAYOID) -> [INT8OID] = "delete/lock_free_tasks" as caller;
            LockStepsToDelete(INT8ARRAYOID) -> [INT8OID, INT8OID] = "delete/lock_free_steps" as caller;
            LockRestToDelete(INT8ARRAYOID, INT8ARRAYOID) -> [BOOLOID] = "delete/lock_rest";
            DeleteAnnotationsOfTasks(INT8ARRAYOID) -> [] = "delete/annotations_of_tasks" as caller;
            DeleteTransitionsOfTasks(INT8ARRAYOID) -> [] = "delete/transitions_of_tasks" as caller;
            DeleteEdgesTo(INT8ARRAYOID) -> [] = "delete/edges_to" as caller;
            DeleteEdgesFrom(INT8ARRAYOID) -> [] = "delete/edges_from" as caller;
            DeleteTaskRows(INT8ARRAYOID) -> [] = "delete/tasks" as caller;
            DeleteSideRowsOfSteps(INT8ARRAYOID) -> [] = "delete/side_rows_of_steps";
            DeleteSideRowsOfTasks(INT8ARRAYOID) -> [] = "delete/side_rows_of_tasks";
            NamesOfAllTasks() -> [INT4OID, TEXTOID, TEXTOID] = "delete/named_tasks";
            ExpiredTasks(
                INT4ARRAYOID, INT4ARRAYOID, INT4ARRAYOID, INT4ARRAYOID, TIMESTAMPOID, TIMESTAMPOID, INT4OID, INT4OID,
                TIMESTAMPOID
            ) -> [INT8OID, TEXTOID, TIMESTAMPOID] = "delete/expired_tasks";
            LastExamined(TIMESTAMPOID, TIMESTAMPOID, INT4OID) -> [TIMESTAMPOID] = "delete/last_examined";
            SideDocument(INT8OID) -> [JSONBOID, INT8OID, INT8ARRAYOID] = "export/side_document";
            LaterDocument(INT8OID, BOOLOID) -> [JSONBOID] = "export/later_document";
            TaskDocument(
                INT8OID, TIMESTAMPOID, JSONBOID, BOOLOID, INT8OID, INT8ARRAYOID, JSONBOID
            ) -> [JSONBOID] = "export/task_document" as caller;
            // template.sql
            PutNamespace(TEXTOID, TIMESTAMPOID) -> [] = "template/put_namespace" as caller;
            PutSystems(TEXTOID, TIMESTAMPOID) -> [] = "template/put_systems" as caller;
            PutNamedSteps(TEXTOID, TIMESTAMPOID) -> [] = "template/put_named_steps" as caller;
            PutNamedTask(TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TIMESTAMPOID) -> [
                INT4OID, BOOLOID
            ] = "template/put_named_task" as caller;
            PutTemplateSteps(INT4OID, TEXTOID, TIMESTAMPOID) -> [] = "template/put_template_steps" as caller;
            DropTemplateSteps(INT4OID, TEXTOID) -> [] = "template/drop_template_steps" as caller;
            TemplateVersions(TEXTOID, TEXTOID) -> [INT4OID, TEXTOID, BOOLOID] = "template/versions" as caller;
            TemplateNames() -> [TEXTOID, TEXTOID] = "template/names" as caller;
            StoredTemplate(INT4OID) -> [JSONBOID] = "template/stored" as caller;
            CustomEvents() -> [TEXTOID, TEXTOID, TEXTOID, JSONBOID] = "template/custom_events" as caller;
            NamedStepsOfTemplate(INT4OID) -> [TEXTOID, TEXTOID, INT4OID] = "template/named_steps" as caller;
            // rules.sql
            RulesOfSteps(INT8ARRAYOID) -> [
                INT8OID, JSONBOID, TIMESTAMPOID, INT8OID, TEXTOID, TIMESTAMPOID, BOOLOID
            ] = "rules/of_steps";
            SkippedSteps(INT8ARRAYOID) -> [INT8OID] = "rules/skipped_steps";
            RoleOfRule(INT8OID) -> [TEXTOID, TEXTOID] = "rules/role";
            PutRules(INT8ARRAYOID, TEXTARRAYOID, TEXTOID, TEXTARRAYOID) -> [] = "rules/put";
            MarkRuledSteps(INT8ARRAYOID) -> [] = "rules/mark_steps";
            WakeSteps(INT8ARRAYOID) -> [] = "rules/wake_steps";
            WakeUnmarked(INT8ARRAYOID) -> [] = "rules/wake_unmarked";
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
            ListOfMap(INT8OID, TEXTOID, TEXTOID, INT8ARRAYOID) -> [
                INT8OID, BOOLOID, INT4OID, JSONBOID
            ] = "rules/list";
            Copies(INT8OID) -> [INT8OID, JSONBOID] = "rules/copies";
            ResultsOfCopies(INT8ARRAYOID, INT8ARRAYOID) -> [JSONBOID] = "rules/results_of_copies";
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
            OpenRuledSteps(INT8ARRAYOID) -> [INT8OID, INT8OID] = "rules/open_steps_of_tasks";
            OpenWaiters(INT8ARRAYOID) -> [INT8OID, INT8OID] = "rules/open_waiters";
            DeleteRule(INT8OID) -> [] = "rules/delete";
            DeleteSignals(INT8OID) -> [] = "rules/delete_signals";
            PutDecisions(INT8ARRAYOID, INT8ARRAYOID) -> [] = "rules/put_decisions";
        }
    };
}
pub(super) use with_writes;
