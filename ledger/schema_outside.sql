-- The do-not-call lists of others; why and by whom an entry was taken back; what the core system said just before a
-- call. `required`: dnc.toml names the list, so that one that is older than `max_age` seconds stops the calls.
create table dnc_lists (
  id integer primary key, name text not null unique, purpose text not null, scope text not null,
  max_age integer not null, required integer not null, digest text not null default '',
  rows integer not null default 0, refused integer not null default 0, etag text not null default '',
  modified text not null default '', fetched_at text, checked_at text, problem text not null default ''
) strict;
alter table dnc add column list_id integer references dnc_lists (id);
alter table dnc add column revoke_reason text not null default '';
alter table dnc add column revoked_by text not null default '';
create index dnc_listed on dnc (list_id, number) where list_id is not null and revoked_at is null;
create table fresh_facts (
  call_id integer primary key references calls (id), facts text not null, at text not null
) strict;
