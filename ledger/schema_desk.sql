-- The second version: people and their rights, desks, callers who wait for a person.
create table units (
  id integer primary key, name text not null unique, parent_id integer references units (id)
) strict;
alter table users add column full_name text not null default '';
alter table users add column staff_no text not null default '';
alter table users add column unit_id integer references units (id);
alter table users add column phone integer;
alter table users add column password text not null default '';
alter table users add column must_change integer not null default 0;
alter table users add column totp text not null default '';
alter table users add column totp_step integer not null default 0;
alter table users add column language text not null default '';
alter table users add column disabled_at text;
create unique index users_staff_no on users (lower(staff_no)) where staff_no <> '';
-- A session is known by the digest of its cookie; `passed` says whether the second factor was given as well, and
-- `totp` holds the secret of a second factor that is being set up. Its times are the wall clock's.
create table sessions (
  token text primary key, user_id integer not null references users (id), passed integer not null,
  totp text not null default '', created_at text not null, seen_at text not null, ended_at text
) strict, without rowid;
create index sessions_user on sessions (user_id) where ended_at is null;
-- Failed log-ins by whom or where they were tried; known and unknown names alike. Wall clock.
create table attempts (
  key text primary key, failures integer not null, failed_at text not null, locked_until text
) strict, without rowid;
create index attempts_failed on attempts (failed_at);
create table certificates (
  id integer primary key, user_id integer not null references users (id), reference text not null,
  valid_from text not null, valid_until text not null, created_at text not null
) strict;
create index certificates_user on certificates (user_id, valid_until);
create index audit_at on audit (at);
create index audit_user on audit (user, id);
create index audit_subject on audit (subject, id);
alter table campaigns add column mode text not null default 'robot';
alter table campaigns add column unit_id integer references units (id);
alter table tasks add column offered_to integer references users (id);
create index tasks_offered on tasks (campaign_id, status) where offered_to is not null;
alter table calls add column agent_id integer references users (id);
create index calls_agent on calls (agent_id, ended_at) where agent_id is not null;
-- Where an agent is: `leg_sid` is the agent's own call that stands in the conference, `room_sid` the conference.
create table desks (
  user_id integer primary key references users (id), state text not null, reason text not null default '',
  since text not null, pause_next text not null default '', call_id integer references calls (id),
  task_id integer references tasks (id), leg_sid text, leg_at text, room_sid text, device text not null default '',
  seen_at text not null, version integer not null default 0, held integer not null default 0
) strict;
create unique index desks_call on desks (call_id) where state in ('dialing', 'talking');
create table desk_log (
  id integer primary key, user_id integer not null references users (id), state text not null,
  reason text not null, call_id integer, at text not null
) strict;
create index desk_log_user on desk_log (user_id, at);
-- Callers who wait for a person, oldest first within their rank (0 before 1).
create table waits (
  call_id integer primary key references calls (id), since text not null, reason text not null,
  rank integer not null, unit_id integer references units (id), until text not null
) strict;
create index waits_order on waits (rank, since, call_id);
create table notes (
  id integer primary key, call_id integer not null references calls (id), user_id integer references users (id),
  at text not null, text text not null
) strict;
create index notes_call on notes (call_id);
create index appointments_open on appointments (due_at) where status = 'open';
create index appointments_owed on appointments (task_id) where status = 'open';
-- Which call a supervisor may join, and how (listen, whisper, step_in); `leg_sid` is the supervisor's own line there.
create table listens (
  user_id integer primary key references users (id), call_id integer not null references calls (id),
  agent_id integer not null references users (id), mode text not null, leg_sid text, at text not null
) strict;
