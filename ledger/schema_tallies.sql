-- Counts of every campaign, kept by the database with each change, so that no page and no command has to count
-- tasks or calls. `state` is open (ready, offered, accepted, leased) or the status of a task that is over; `late`
-- is 1 for what ended after its last moment; `due_hour` has a + behind it unless the deadline is the hour itself, so
-- that a deadline has passed when `due_hour <= ` the hour of now.
alter table tasks add column state text generated always as
  (iif(status in ('ready', 'offered', 'accepted', 'leased'), 'open', status)) virtual;
alter table tasks add column tried integer generated always as (finished_at is not null and attempts > 0) virtual;
alter table tasks add column late integer generated always as (ifnull(finished_at > due_by, 0)) virtual;
alter table tasks add column due_hour text generated always as 
  (ifnull(substr(due_by, 1, 13) || iif(substr(due_by, 14) = ':00:00.000Z', '', '+'), '')) virtual;
create table task_tally (
  campaign_id integer not null, state text not null, tried integer not null, outcome text not null,
  outcome_reason text not null, due_hour text not null, late integer not null, tasks integer not null,
  primary key (campaign_id, state, tried, outcome, outcome_reason, due_hour, late)
) strict, without rowid;
-- `answered` counts calls that were picked up, `reached` tasks by the first call in which a person was heard.
create table call_tally (
  campaign_id integer not null, hour text not null, placed integer not null default 0,
  answered integer not null default 0, reached integer not null default 0, primary key (campaign_id, hour)
) strict, without rowid;
create table problem_tally (
  campaign_id integer not null, code text not null, tasks integer not null, primary key (campaign_id, code)
) strict, without rowid;
insert into task_tally
select campaign_id, state, tried, outcome, outcome_reason, due_hour, late, count(*)
from tasks group by 1, 2, 3, 4, 5, 6, 7;
insert into call_tally (campaign_id, hour, placed)
select campaign_id, substr(placed_at, 1, 13), count(*) from calls
where placed_at is not null and direction = 'outbound' and campaign_id is not null group by 1, 2;
insert into call_tally (campaign_id, hour, answered)
select campaign_id, substr(answered_at, 1, 13), count(*) from calls
where answered_at is not null and direction = 'outbound' and campaign_id is not null group by 1, 2
on conflict do update set answered = excluded.answered;
insert into call_tally (campaign_id, hour, reached)
select campaign_id, substr(at, 1, 13), count(*) from (
  select campaign_id, task_id, min(answered_at) as at from calls
  where answered_at is not null and answered_by in ('', 'human', 'unknown') and task_id is not null
    and campaign_id is not null group by 1, 2)
group by 1, 2 having true
on conflict do update set reached = excluded.reached;
insert into problem_tally
select t.campaign_id, p.code, count(distinct p.task_id) from problems p join tasks t on t.id = p.task_id
group by 1, 2;
drop index tasks_retrying;
drop index tasks_over;
drop index calls_answered;
create index problems_task on problems (task_id, code) where task_id is not null;
create trigger task_made after insert on tasks begin
  insert into task_tally values
    (new.campaign_id, new.state, new.tried, new.outcome, new.outcome_reason, new.due_hour, new.late, 1)
  on conflict do update set tasks = tasks + 1;
end;
-- A trigger on `status` would cost a claim an eighth of its speed. So whoever takes a task out of the open ones, or
-- back among them, names `outcome_reason` or `finished_at` in the same statement.
create trigger task_moved after update of outcome, outcome_reason, due_by, finished_at on tasks
when old.outcome is not new.outcome or old.state is not new.state or old.outcome_reason is not new.outcome_reason
  or old.due_hour is not new.due_hour or old.late is not new.late or old.tried is not new.tried
begin
  update task_tally set tasks = tasks - 1
  where campaign_id = old.campaign_id and state = old.state and tried = old.tried and outcome = old.outcome
    and outcome_reason = old.outcome_reason and due_hour = old.due_hour and late = old.late;
  insert into task_tally values
    (new.campaign_id, new.state, new.tried, new.outcome, new.outcome_reason, new.due_hour, new.late, 1)
  on conflict do update set tasks = tasks + 1;
end;
create trigger call_placed after update of placed_at on calls
when old.placed_at is null and new.placed_at is not null and new.direction = 'outbound'
  and new.campaign_id is not null
begin
  insert into call_tally (campaign_id, hour, placed) values (new.campaign_id, substr(new.placed_at, 1, 13), 1)
  on conflict do update set placed = placed + 1;
end;
create trigger call_answered after update of answered_at on calls
when old.answered_at is null and new.answered_at is not null and new.direction = 'outbound'
  and new.campaign_id is not null
begin
  insert into call_tally (campaign_id, hour, answered) values (new.campaign_id, substr(new.answered_at, 1, 13), 1)
  on conflict do update set answered = answered + 1;
end;
-- The carrier may say later that it was a machine, and a call that came in may become one of a task.
create trigger task_reached after update of answered_at, answered_by, task_id on calls
when (ifnull(old.answered_at, '') <> '' and old.answered_by in ('', 'human', 'unknown') and old.task_id is not null)
    <> (ifnull(new.answered_at, '') <> '' and new.answered_by in ('', 'human', 'unknown')
      and new.task_id is not null)
  and ifnull(new.campaign_id, old.campaign_id) is not null
  and not exists (select 1 from calls o where o.task_id = ifnull(new.task_id, old.task_id) and o.id <> new.id
    and o.answered_at is not null and o.answered_by in ('', 'human', 'unknown'))
begin
  insert into call_tally (campaign_id, hour, reached)
  values (ifnull(new.campaign_id, old.campaign_id), substr(ifnull(new.answered_at, old.answered_at), 1, 13),
    iif(new.answered_by in ('', 'human', 'unknown') and new.task_id is not null, 1, -1))
  on conflict do update set reached = reached + excluded.reached;
end;
create trigger problem_opened after insert on problems
when new.task_id is not null
  and not exists (select 1 from problems o where o.task_id = new.task_id and o.code = new.code and o.id <> new.id)
begin
  insert into problem_tally select campaign_id, new.code, 1 from tasks where id = new.task_id
  on conflict do update set tasks = tasks + 1;
end;
