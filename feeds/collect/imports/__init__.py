"""What others export, as records: feeds, bookmarks, exports of services, tables. Each module reads one family."""
