-- How campaigns share what the account allows, and why one was stopped; without a cap of its own a campaign may use
-- all of it.
alter table campaigns add column priority integer not null default 3 check (priority between 1 and 5);
alter table campaigns add column max_lines integer check (max_lines > 0);
alter table campaigns add column max_per_second real check (max_per_second > 0);
alter table campaigns add column stop_reason text not null default '';
create index tasks_reason on tasks (campaign_id, outcome_reason, id) where outcome_reason <> '';
