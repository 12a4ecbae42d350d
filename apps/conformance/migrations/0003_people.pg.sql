-- The fixture's people; the password of each is: correct horse battery staple 1
INSERT INTO users (uid, username, password_hash, roles, disabled) VALUES
    ('988da607-209f-4a25-8be1-ccbe9698498c', 'alice', '$argon2id$v=19$m=19456,t=2,p=1$XcBhGbQbBdrDFp47DGpFMw$6ok2rXfaUHY6wxbZ8ZOwmWIvLXWygEBbESvyE7RpytM', 1, 0),
    ('0571d7e5-ab8f-4764-95e4-e0fb5064806b', 'bob', '$argon2id$v=19$m=19456,t=2,p=1$8KwJMgBZBnb1sWyAwuPpeg$AqurbhaoxVTXvXQEa3auSYNEXYn4rS33uoTJroFKMEs', 1, 0),
    ('987a1960-eccb-4f40-9909-d8b61ff7d05c', 'carol', '$argon2id$v=19$m=19456,t=2,p=1$7IzJoYHTJGqkwD3c/yz9Pg$PPm/jq1RLgeTAAe6TvfBNSpb192mfYOQxXG3an/Btl0', 2, 0),
    ('2bd31f58-7955-4f6d-abda-7490546b75b3', 'erin', '$argon2id$v=19$m=19456,t=2,p=1$sW677+fUzvyWBmPkhrgovw$Qe4O/6W+VzlQLYc/De9P4P8Uwcdio25QpKxLvqEvR0A', 1, 1);
