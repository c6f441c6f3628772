-- Who of a list is called, who is not and by which rule; and the moments at which an open task is to be noticed.
-- How a campaign was selected: the recipe, the draw with its seed, and digests of whom it was drawn from and of whom
-- it chose. `unproven` counts who claim a reason to be left out, but without evidence and approval: they stay in.
create table selections (
  id integer primary key, campaign_id integer not null unique references campaigns (id), recipe text not null,
  recipe_digest text not null, source text not null, method text not null, seed text not null, rate text not null,
  contacts integer not null, population integer not null, population_digest text not null, chosen integer not null,
  chosen_digest text not null, unproven integer not null, at text not null
) strict;
create table exclusions (
  id integer primary key, campaign_id integer not null references campaigns (id),
  contact_id integer not null references contacts (id), rule text not null, evidence text not null default '',
  approval text not null default '', user text not null default '', at text not null
) strict;
create unique index exclusions_contact on exclusions (campaign_id, contact_id);
create index exclusions_rule on exclusions (campaign_id, rule, id);
-- A quota is of a month and somebody, whichever campaign reaches it; what is drawn for it waits as `spare`.
create table quotas (
  id integer primary key, name text not null, subject text not null, month text not null, wanted integer not null
) strict;
create unique index quotas_subject on quotas (name, subject, month);
create table draws (
  task_id integer primary key references tasks (id), campaign_id integer not null references campaigns (id),
  quota_id integer not null references quotas (id), position integer not null
) strict;
create index draws_quota on draws (quota_id, campaign_id, position, task_id);
create index draws_campaign on draws (campaign_id, quota_id);
create table cohorts (
  task_id integer primary key references tasks (id), campaign_id integer not null references campaigns (id),
  cohort text not null
) strict;
create index cohorts_campaign on cohorts (campaign_id, cohort, task_id);
-- Whatever ends a task, in the same transaction: the quota is met and nobody else is called for it, or the next in the
-- order of the draw is. A claim touches neither of these columns, so it costs it nothing.
create trigger quota_goes_on after update of outcome_reason, finished_at on tasks
when new.status in ('done', 'blocked', 'cancelled', 'elsewhere')
  and old.status not in ('done', 'blocked', 'cancelled', 'elsewhere')
  and exists (select 1 from draws d where d.task_id = new.id)
begin
  update tasks set status = 'cancelled', outcome_reason = 'quota_met', finished_at = new.finished_at
  where status in ('spare', 'ready')
    and id in (select o.task_id from draws d join draws o on o.quota_id = d.quota_id where d.task_id = new.id)
    and (select q.wanted from draws d join quotas q on q.id = d.quota_id where d.task_id = new.id)
      <= (select count(*) from draws d join draws o on o.quota_id = d.quota_id join tasks t on t.id = o.task_id
        where d.task_id = new.id and t.status = 'done' and t.outcome = 'SUCCESS');
  update tasks set status = 'ready', outcome_reason = ''
  where id = (select o.task_id from draws d
      join draws o on o.quota_id = d.quota_id and o.campaign_id = d.campaign_id join tasks t on t.id = o.task_id
      where d.task_id = new.id and t.status = 'spare' order by o.position, o.task_id limit 1)
    and (select q.wanted from draws d join quotas q on q.id = d.quota_id where d.task_id = new.id)
      > (select count(*) from draws d join draws o on o.quota_id = d.quota_id join tasks t on t.id = o.task_id
        where d.task_id = new.id and (t.status = 'done' and t.outcome = 'SUCCESS'
          or t.status in ('ready', 'offered', 'accepted', 'leased') and o.campaign_id = d.campaign_id));
end;
-- `status`: waiting, raised, or moot when the task was over before its moment came.
create table alarms (
  id integer primary key, task_id integer not null references tasks (id),
  campaign_id integer not null references campaigns (id), kind text not null, due_at text not null, raised_at text,
  status text not null default 'waiting'
) strict;
create index alarms_waiting on alarms (due_at, id) where status = 'waiting';
create index alarms_raised on alarms (campaign_id, kind, id) where status = 'raised';
