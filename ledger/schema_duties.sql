-- What a duty becomes beside its calls: news that end it, other ways than the telephone, further rounds, agreed times.
-- Attempts at the moment when a talk first broke off: from there on the second budget counts.
alter table tasks add column broken_at integer not null default 0;
create table policy_news (
  id integer primary key, key text not null, kind_of_key text not null, state text not null, source text not null,
  at text not null
) strict;
create index policy_news_key on policy_news (key, id);
create table cancellations (
  id integer primary key, task_id integer not null unique references tasks (id),
  news_id integer not null references policy_news (id), at text not null
) strict;
-- A way other than the telephone: link, visit or letter. `status`: open, stopped (more than the monitor lets pass), or
-- how it ended. Each step of it is a row that is sealed; `day` is the day that the step tells of.
create table fallbacks (
  id integer primary key, task_id integer not null references tasks (id),
  campaign_id integer not null references campaigns (id), channel text not null, status text not null,
  why text not null, branch text not null default '', visitor_id integer references users (id),
  opened_at text not null, due_at text, closed_at text
) strict;
create unique index fallbacks_channel on fallbacks (task_id, channel);
create index fallbacks_campaign on fallbacks (campaign_id);
-- How many tasks of a campaign became visits or letters: kept with each change, because S002-97 asks before each.
create table outside_tally (
  campaign_id integer primary key references campaigns (id), tasks integer not null
) strict;
create trigger fallback_opened after insert on fallbacks
when new.channel <> 'link' and new.status not in ('stopped', 'cancelled')
  and not exists (select 1 from fallbacks o where o.task_id = new.task_id and o.id <> new.id
    and o.channel <> 'link' and o.status not in ('stopped', 'cancelled'))
begin
  insert into outside_tally values (new.campaign_id, 1) on conflict do update set tasks = tasks + 1;
end;
create trigger fallback_changed after update of status on fallbacks
when new.channel <> 'link' and (old.status in ('stopped', 'cancelled')) <> (new.status in ('stopped', 'cancelled'))
  and not exists (select 1 from fallbacks o where o.task_id = new.task_id and o.id <> new.id
    and o.channel <> 'link' and o.status not in ('stopped', 'cancelled'))
begin
  insert into outside_tally values (new.campaign_id, iif(new.status in ('stopped', 'cancelled'), -1, 1))
  on conflict do update set tasks = tasks + excluded.tasks;
end;
create index fallbacks_due on fallbacks (due_at) where status = 'open';
create index fallbacks_status on fallbacks (status, channel);
create table fallback_steps (
  id integer primary key, fallback_id integer not null references fallbacks (id), task_id integer not null,
  step text not null, day text, reference text not null default '', note text not null default '', user text not null,
  at text not null
) strict;
create index fallback_steps_fallback on fallback_steps (fallback_id);
create index fallback_steps_task on fallback_steps (task_id);
-- Further rounds of a task: planned at the end of a call or from a fact, made when their moment comes; `facts` are
-- those that differ from the contact's.
create table follow_ons (
  id integer primary key, task_id integer not null references tasks (id), rule text not null, round integer not null,
  facts text not null, due_from text not null, due_by text, status text not null, next_at text not null,
  made_task_id integer references tasks (id), at text not null
) strict;
create unique index follow_ons_round on follow_ons (task_id, rule, round);
create unique index follow_ons_made on follow_ons (made_task_id) where made_task_id is not null;
create index follow_ons_planned on follow_ons (next_at) where status = 'planned';
-- The campaign in which a rule's round of another campaign is called.
create table siblings (
  campaign_id integer primary key references campaigns (id), of_campaign_id integer not null references campaigns (id),
  rule text not null, round integer not null
) strict;
create unique index siblings_round on siblings (of_campaign_id, rule, round);
-- Times agreed with customers that tasks are to keep: looked at before the queue, by the campaign's own clock.
create table appointed (
  task_id integer primary key references tasks (id), campaign_id integer not null references campaigns (id),
  since text not null, until text not null, exact integer not null, agent_id integer references users (id)
) strict;
create index appointed_since on appointed (campaign_id, since);
create table appointment_terms (
  id integer primary key references appointments (id), call_id integer not null references calls (id), since text,
  agent_id integer references users (id)
) strict;
-- Which other task keeps a promise whose own task is over.
create table kept_by (
  appointment_id integer primary key references appointments (id), task_id integer not null references tasks (id)
) strict;
create index kept_by_task on kept_by (task_id);
-- How far a reader has come: of the chain by event, of a campaign's contacts by contact.
create table marks (name text primary key, place integer not null) strict, without rowid;
insert into marks select 'duties', ifnull(max(id), 0) from events;
