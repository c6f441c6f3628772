-- What an import says of a list beyond its counts: where the file lay, the digest of the contacts that came of it, how
-- many of its rows are dealt with while it runs, and which headers and sheets were not read.
alter table lists add column path text not null default '';
alter table lists add column content text not null default '';
alter table lists add column reached integer not null default 0;
alter table lists add column ignored text not null default '[]';
alter table lists add column skipped text not null default '[]';
alter table contacts add column sheet text not null default '';
-- A row of `list_errors` is a refused one, or a remark about one that may be accepted.
alter table list_errors add column sheet text not null default '';
alter table list_errors add column reason_en text not null default '';
alter table list_errors add column remark integer not null default 0;
-- Headers that a person gave a column; the next list of the kind is read by them, too.
create table list_mappings (
  kind text not null, header text not null, column_name text not null, at text not null, primary key (kind, header)
) strict, without rowid;
