"""How Bugzilla and Pagure are read: every trap that was met on a real server, one test each."""
