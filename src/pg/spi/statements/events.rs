//! Lists the statements of the event stream.

#[rustfmt::skip]
macro_rules! with_events {
    ($next:ident $($more:ident)*; $($known:tt)*) => {
        $next! {
            $($more)*;
            $($known)*
            // events.sql
            HasConsumers() -> [BOOLOID] = "events/has_consumers";
            PutEvents(
                INT8OID, INT8OID, INT8OID, TIMESTAMPOID, INT2OID, BYTEAOID, JSONBOID
            ) -> [] = "events/put_events";
            Notify(TEXTOID, TEXTOID) -> [VOIDOID] = "events/notify";
            EmitMessage(TEXTOID) -> [TEXTOID] = "events/emit_message";
            PutConsumer(TEXTOID, TEXTARRAYOID, TEXTOID, TEXTOID, TIMESTAMPOID) -> [] = "events/put_consumer";
            Consumer(TEXTOID) -> [TEXTOID, TEXTOID, TEXTOID, INT8OID] = "events/consumer";
            LockConsumer(TEXTOID) -> [TEXTOID, TEXTOID, TEXTOID, INT8OID] = "events/lock_consumer";
            SetConsumer(TEXTOID, TEXTARRAYOID, TEXTOID, TEXTOID) -> [] = "events/set_consumer";
            Acknowledge(TEXTOID, TEXTOID, TIMESTAMPOID) -> [] = "events/acknowledge";
            PassOver(TEXTOID, TEXTOID, TEXTOID) -> [] = "events/pass_over";
            DropConsumer(TEXTOID) -> [] = "events/drop_consumer";
            Consumers() -> [
                TEXTOID, TEXTARRAYOID, TEXTOID, TEXTOID, TIMESTAMPOID, TIMESTAMPOID, INT8OID
            ] = "events/consumers";
            LockConsumers() -> [TEXTOID, TEXTOID, TEXTOID] = "events/lock_consumers";
            NumberOfConsumers() -> [INT8OID] = "events/number_of_consumers";
            AddMissed(TEXTARRAYOID, INT8ARRAYOID) -> [] = "events/add_missed";
            EventSnapshot(INT8OID) -> [INT8OID, INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID] = "events/snapshot";
            NewEvents(
                INT8OID, INT8OID, INT8OID, INT8ARRAYOID, INT8OID, INT8ARRAYOID, INT8OID, INT8OID, INT4OID, INT8OID
            ) -> [
                INT8OID, INT8OID, TIMESTAMPOID, BYTEAOID, JSONBOID
            ] = "events/new_events";
            HasEvent(INT8OID, INT8OID, INT8OID) -> [BOOLOID] = "events/has_event";
            EventLag(
                INT8OID, INT8OID, INT8OID, INT8ARRAYOID, INT8OID, INT8OID, INT4OID, INT8OID, INT8ARRAYOID
            ) -> [INT8OID, TIMESTAMPOID] = "events/lag";
            TrimEvents(TIMESTAMPOID, INT4OID) -> [INT8OID, INT8OID, INT8OID, BYTEAOID] = "events/trim_events";
            StepPayloads(INT8ARRAYOID, INT4OID) -> [INT8OID, JSONBOID] = "events/step_payloads" as caller;
            TaskPayloads(INT8ARRAYOID, INT8ARRAYOID, INT4OID) -> [
                INT8OID, INT8OID, JSONBOID
            ] = "events/task_payloads" as caller;
        }
    };
}
pub(super) use with_events;
