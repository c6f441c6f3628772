-- The third version: calls that come in. Each is made of parts: the hotline's script, then perhaps the script of a
-- callback that the customer missed; a part begins with its turn, `calls` has the last one's script and task. The
-- facts of the last part are the call's.
create table parts (
  id integer primary key, call_id integer not null references calls (id), turn integer not null,
  script_digest text not null, task_id integer references tasks (id), campaign_id integer references campaigns (id),
  facts text not null, at text not null
) strict;
create unique index parts_turn on parts (call_id, turn);
create index calls_calling on calls (from_number) where direction = 'inbound' and ended_at is null;
create index events_agent on events (id) where kind = 'agent';
