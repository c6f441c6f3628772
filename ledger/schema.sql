-- The tables of the ledger, first version. Times are UTC ISO-8601 text with milliseconds; `events` only grows.
create table lists (
  id integer primary key, kind text not null, name text not null, digest text not null, encoding text not null,
  rows integer not null, accepted integer not null, refused integer not null, created_at text not null,
  locked_at text
) strict;
create unique index lists_digest on lists (kind, digest);
create table list_errors (
  id integer primary key, list_id integer not null references lists (id), row integer not null,
  field text not null, code text not null, reason text not null
) strict;
create index list_errors_list on list_errors (list_id);
create table contacts (
  id integer primary key, list_id integer not null references lists (id), row integer not null,
  policy_no text not null, customer_key text not null, facts text not null, due_from text, due_by text,
  flags text not null default '[]', created_at text not null
) strict;
create index contacts_list on contacts (list_id);
create index contacts_customer on contacts (customer_key);
create unique index contacts_policy on contacts (list_id, policy_no);
create table numbers (
  contact_id integer not null references contacts (id), position integer not null, number integer not null,
  primary key (contact_id, position)
) strict, without rowid;
create index numbers_number on numbers (number);
create table scripts (
  digest text primary key, name text not null, version integer not null, title text not null,
  purpose text not null, canonical text not null, created_at text not null
) strict;
create table campaigns (
  id integer primary key, name text not null, list_id integer not null references lists (id),
  script_digest text not null references scripts (digest), purpose text not null, status text not null,
  from_number integer not null, profile text not null, created_at text not null, started_at text, ended_at text
) strict;
create unique index campaigns_name on campaigns (name);
create table tasks (
  id integer primary key, campaign_id integer not null references campaigns (id),
  contact_id integer not null references contacts (id), status text not null, missing text not null default '',
  due_from text, due_by text, next_at text not null, held integer not null default 0, attempts integer not null default 0,
  attempts_today integer not null default 0, attempts_day text not null default '', last_attempt_at text,
  number_position integer not null default 0, resume text not null default '', outcome text not null default '',
  outcome_reason text not null default '', finished_at text
) strict;
create unique index tasks_contact on tasks (campaign_id, contact_id);
-- Two queues: what may be dialed now, most urgent first, and what is held until its moment. A claim reads the head of
-- the first and moves what has become due out of the second, so that nothing waiting is ever stepped over.
create index tasks_queue on tasks (campaign_id, ifnull(due_by, '9999'), id) where status = 'ready' and held = 0;
create index tasks_held on tasks (campaign_id, next_at, ifnull(due_by, '9999'), id) where status = 'ready' and held = 1;
create index tasks_retrying on tasks (campaign_id, outcome, outcome_reason)
  where status = 'ready' and attempts > 0;
create index tasks_over on tasks (campaign_id, status, outcome, outcome_reason, attempts)
  where status in ('done', 'blocked');
create table calls (
  id integer primary key, task_id integer references tasks (id), campaign_id integer references campaigns (id),
  direction text not null, to_number integer not null, from_number integer not null, carrier_sid text,
  script_digest text not null default '', status text not null, outcome text not null default '',
  outcome_reason text not null default '', performer text not null default 'robot',
  facts text not null default '{}', progress text not null default '', turn integer not null default -1,
  said_at text, answered_by text not null default '', sequence integer not null default -1, duration integer,
  error text not null default '', claimed_at text not null, placing_at text, placed_at text, answered_at text,
  ended_at text
) strict;
create unique index calls_carrier on calls (carrier_sid) where carrier_sid is not null;
create index calls_task on calls (task_id);
create index calls_open on calls (to_number) where ended_at is null;
create index calls_answered on calls (campaign_id, task_id, answered_by) where answered_at is not null;
create table turns (
  call_id integer not null references calls (id), n integer not null, at text not null, heard text not null,
  reply text not null, primary key (call_id, n)
) strict, without rowid;
create table answers (
  id integer primary key, call_id integer not null references calls (id), turn integer not null,
  step text not null, category text not null, raw text not null, at text not null
) strict;
create index answers_call on answers (call_id);
create table disclosures (
  id integer primary key, call_id integer not null references calls (id), step text not null,
  text_digest text not null, told_at text not null, affirmed_at text, offset_ms integer not null
) strict;
create unique index disclosures_step on disclosures (call_id, step, text_digest);
create table problems (
  id integer primary key, call_id integer not null references calls (id), task_id integer references tasks (id),
  code text not null, step text not null, severity text not null, note text not null, status text not null,
  opened_at text not null, due_at text
) strict;
create index problems_call on problems (call_id);
create table problem_actions (
  id integer primary key, problem_id integer not null references problems (id), kind text not null,
  note text not null, at text not null
) strict;
create table appointments (
  id integer primary key, call_id integer not null references calls (id), task_id integer references tasks (id),
  kind text not null, due_at text, note text not null, status text not null, made_at text not null
) strict;
create index appointments_call on appointments (call_id);
create table dnc (
  id integer primary key, number integer, customer_key text, purpose text not null, scope text not null,
  reason text not null, source text not null, call_id integer references calls (id), starts_at text not null,
  ends_at text, revoked_at text, created_at text not null, check (number is not null or customer_key is not null)
) strict;
create index dnc_number on dnc (number) where number is not null;
create index dnc_customer on dnc (customer_key) where customer_key is not null;
-- What the claim looks at: is there any entry at all? Only a hit reads the history above.
create table dnc_numbers (number integer primary key) strict;
create table dnc_customers (customer_key text primary key) strict, without rowid;
create table gate_decisions (
  id integer primary key, task_id integer not null references tasks (id), call_id integer references calls (id),
  verdict text not null, rule text not null, version text not null, until text, at text not null
) strict;
create index gate_decisions_task on gate_decisions (task_id);
create table recordings (
  id integer primary key, call_id integer not null references calls (id), carrier_sid text not null unique,
  url text not null, status text not null, path text not null default '', bytes integer, sha256 text,
  duration_ms integer, channels integer, detail text not null default '', attempts integer not null default 0,
  next_at text, announced_at text not null, stored_at text
) strict;
create index recordings_call on recordings (call_id);
create index recordings_due on recordings (next_at) where status = 'announced';
create table events (
  id integer primary key, call_id integer, kind text not null, data text not null, at text not null,
  prev_hash text not null, hash text not null
) strict;
create index events_call on events (call_id);
create table users (id integer primary key, name text not null unique, role text not null, created_at text not null) strict;
create table audit (id integer primary key, user text not null, action text not null, subject text not null, at text not null) strict;
