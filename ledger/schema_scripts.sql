-- The fourth version: the life of a script. What calls were made with before is `kept`, as nobody approved it, and the
-- campaigns that run wait until they are started with a script in force.
alter table scripts add column region text not null default '';
alter table scripts add column status text not null default 'kept';
create unique index scripts_version on scripts (name, region, version) where status <> 'kept';
create unique index scripts_active on scripts (name, region) where status = 'active';
-- What a claim looks at: the status without the long text beside it.
create index scripts_status on scripts (digest, status);
-- Each step says which status the version has since, and stays when the version is removed: so `digest` refers to nothing.
create table script_steps (
  id integer primary key, digest text not null, name text not null, version integer not null, region text not null,
  status text not null, user_id integer references users (id), reference text not null default '', filed_on text,
  findings integer, rules text not null default '', at text not null
) strict;
create index script_steps_digest on script_steps (digest, id);
update campaigns set status = 'paused' where status = 'running';
