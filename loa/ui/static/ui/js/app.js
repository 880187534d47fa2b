// Entry of every page: each module makes the marked elements of a page (and of a fragment that htmx brought) work.
