-- Keys of the fixture's people, as public as this file: conformance_, the id, _notASecretATestKeyNotASecretATestKeyNotASec, and the checksum.
CREATE TABLE dw_api_keys (
    id         text   NOT NULL PRIMARY KEY,
    account    text   NOT NULL,
    name       text   NOT NULL,
    digest     text   NOT NULL,
    scopes     bigint NOT NULL,
    made_at    bigint NOT NULL,
    expires_at bigint NOT NULL,
    used_at    bigint NOT NULL
);
CREATE INDEX dw_api_keys_by_account ON dw_api_keys (account, made_at);
INSERT INTO dw_api_keys (id, account, name, digest, scopes, made_at, expires_at, used_at) VALUES
    ('AliceReads0', '988da607-209f-4a25-8be1-ccbe9698498c', 'test', '-PXqKI7oUphYjF1OrOQW3X-UgZjRuTeMTPyqgX59dEE', 1, 0, 0, 0),
    ('AliceWrites', '988da607-209f-4a25-8be1-ccbe9698498c', 'test', '7Elllm6uw3gHOW5_GcQcTnHnb3YVoP6YsaexHDu4Gao', 2, 0, 0, 0),
    ('AliceTooOld', '988da607-209f-4a25-8be1-ccbe9698498c', 'test', '4x20jIl6RvFrxbGDA9Sg47sFCiZSnQY_uplMwocAwwc', 1, 0, 1700000000, 0),
    ('BobReads000', '0571d7e5-ab8f-4764-95e4-e0fb5064806b', 'test', 'wVY3oFtxG5ALn6ECQTPhaL_82uDnenc6qDqs5Z5LGG8', 1, 0, 0, 0),
    ('BobBoth0000', '0571d7e5-ab8f-4764-95e4-e0fb5064806b', 'test', 'iR2hAvbUBoGOIAQ37kqX8p40E43KCl-4tbjoMqmiWCU', 3, 0, 0, 0),
    ('CarolBoth00', '987a1960-eccb-4f40-9909-d8b61ff7d05c', 'test', 'gUv5OttffVK7PUzbQiV8S3_YffIXRY80KyKf7lhIuuQ', 3, 0, 0, 0),
    ('ErinReads00', '2bd31f58-7955-4f6d-abda-7490546b75b3', 'test', 'uMwzIWLN9oxeTJlIXLwa-IoLYsvlA3hSngdPF4KGuGw', 1, 0, 0, 0);
