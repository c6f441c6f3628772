-- Tokens of other systems, by digest only, and the answers that a repeated request is given again.
create table tokens (
  id integer primary key, name text not null, hash text not null, scopes text not null, created_at text not null,
  expires_at text, last_used_at text, revoked_at text
) strict;
create unique index tokens_name on tokens (name) where revoked_at is null;
create table replies (
  token_id integer not null references tokens (id), key text not null, request text not null, status integer,
  body text not null default '', at text not null, primary key (token_id, key)
) strict, without rowid;
create index replies_at on replies (at);
