-- What other systems are told. The triggers write in the very transaction in which it happens, whoever writes it.
create table outbox (id integer primary key, kind text not null, row_id integer not null, task_id integer) strict;
create index outbox_finished on outbox (id) where kind = 'task_finished';
-- On what whoever finishes a task names in the same statement: a trigger on `status` would slow every claim.
create trigger outbox_task_finished after update of outcome_reason, finished_at on tasks
when new.status in ('done', 'blocked', 'cancelled', 'elsewhere') and old.status <> new.status
begin
  insert into outbox (kind, row_id, task_id) values ('task_finished', new.id, new.id);
end;
create trigger outbox_problem_opened after insert on problems
begin
  insert into outbox (kind, row_id, task_id) values ('problem_opened', new.id, new.task_id);
end;
create trigger outbox_campaign_done after update of status on campaigns
when new.status in ('stopped', 'done') and old.status <> new.status
begin
  insert into outbox (kind, row_id) values ('campaign_done', new.id);
end;
-- A list whose import is not finished counts -1 rows.
create trigger outbox_list_imported after update of rows on lists when old.rows < 0 and new.rows >= 0
begin
  insert into outbox (kind, row_id) values ('list_imported', new.id);
end;
create trigger outbox_alarm_raised after update of status on alarms when new.status = 'raised' and old.status <> 'raised'
begin
  insert into outbox (kind, row_id, task_id) values ('alarm_raised', new.id, new.task_id);
end;
create table posts (target text primary key, outbox_id integer not null) strict, without rowid;
create table deliveries (
  id integer primary key, target text not null, outbox_id integer not null references outbox (id), task_id integer,
  status text not null, attempts integer not null default 0, next_at text not null, first_at text, ended_at text,
  error text not null default '', check (status in ('waiting', 'delivered', 'dead'))
) strict;
create unique index deliveries_once on deliveries (target, outbox_id);
create index deliveries_due on deliveries (target, next_at, id) where status = 'waiting';
create index deliveries_task on deliveries (target, task_id, id) where status = 'waiting' and task_id is not null;
create index deliveries_dead on deliveries (id) where status = 'dead';
