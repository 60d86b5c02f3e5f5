-- Refusals of several mail servers over some months, made in the database: bench/fleet.py fills in the numbers.
-- The same numbers give the same rows. Of 20,000 people some fail all day and most hardly ever (Zipf); a third
-- are strangers of the internet, many of whose senders are never seen again; days have nights.

CREATE OR REPLACE FUNCTION pg_temp.chance(i bigint, seed int) RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (hashint8extended(i, seed) & 9007199254740991) / 9007199254740992.0::float8;

INSERT INTO events (
    instance, generation, position, n, occurred_at, source, host, mta, service, refused_by, outcome, stage,
    attempt, queue_id, "user", user_source, client_ip, client_host, helo, sender, recipient, recipient_domain,
    relay_host, relay_ip, code, enhanced_code, reply, repeat, cause, confidence, evidence, sender_domain
)
SELECT
    instance, generation, position, 0, occurred_at, '/var/log/mail.log', instance, 'postfix',
    CASE kind WHEN 'login' THEN 'postfix/submission/smtpd' WHEN 'stranger' THEN 'postfix/smtpd' ELSE 'postfix/smtp' END,
    CASE kind WHEN 'bounce' THEN 'remote' ELSE 'local' END,
    CASE WHEN kind <> 'bounce' THEN 'rejected' WHEN pg_temp.chance(i, 9) < 0.8 THEN 'bounced' ELSE 'deferred' END,
    'rcpt', generation || ':' || position || ':' || 0,
    CASE kind WHEN 'bounce' THEN substr(generation, 1, 4) || to_hex(position) END,
    login, CASE kind WHEN 'login' THEN 'reply' WHEN 'bounce' THEN 'queue' END,
    client_ip, 'unknown', 'pc' || person,
    sender_name || '@' || sender_domain, 'r' || (partner * 7) % 999 || '@' || recipient_domain, recipient_domain,
    CASE kind WHEN 'bounce' THEN 'mx1.' || recipient_domain END, CASE kind WHEN 'bounce' THEN '203.0.113.9' END,
    553, '5.7.1',
    '553 5.7.1 <' || sender_name || '@' || sender_domain || '>: Sender address rejected: not owned by user ' || sender_name,
    1, cause, 'high', 'not owned by user', sender_domain
FROM (
    SELECT
        *,
        CASE kind WHEN 'stranger' THEN NULL ELSE 'user' || person || '@' || home END AS login,
        CASE kind WHEN 'stranger' THEN '198.' || address % 256 || '.' || address / 256 % 256 || '.' || address / 65536
                  ELSE '10.' || person % 256 || '.' || person / 256 || '.7' END AS client_ip,
        CASE WHEN kind <> 'stranger' THEN 'user' || person
             WHEN is_new THEN to_hex(hashint8extended(i, 11)) ELSE 'info' || address % 1000 END AS sender_name,
        CASE WHEN kind <> 'stranger' THEN home ELSE 'spam' || address % 40000 || '.example' END AS sender_domain,
        CASE kind WHEN 'stranger' THEN home ELSE 'partner' || partner || '.example' END AS recipient_domain,
        CASE kind
            WHEN 'login' THEN CASE WHEN person % 10 < 7 THEN 'sender_not_authorized' WHEN person % 10 < 9 THEN 'relay_denied' ELSE 'unknown' END
            WHEN 'stranger' THEN CASE WHEN address % 10 < 6 THEN 'relay_denied' ELSE 'auth_required' END
            ELSE CASE WHEN partner % 10 < 6 THEN 'recipient_unknown' ELSE 'unknown' END
        END AS cause
    FROM (
        SELECT
            i, occurred_at, instance, person, partner, address, is_new,
            'customer' || person % 500 || '.example.jp' AS home,
            i * 977 AS position,
            md5(instance || occurred_at::date) AS generation,
            CASE WHEN u < 0.45 THEN 'login' WHEN u < 0.80 THEN 'stranger' ELSE 'bounce' END AS kind
        FROM (
            SELECT
                i,
                date_trunc('microseconds', CAST(:begins AS timestamptz)
                    + interval '1 day' * (day + 0.11 * sin(6.283185307179586 * day))) AS occurred_at,
                'mx' || 1 + floor(CAST(:instances AS int) * pg_temp.chance(i, 1))::int AS instance,
                pg_temp.chance(i, 2) AS u,
                floor(power(20000, pg_temp.chance(i, 3)))::int AS person,
                floor(power(50000, pg_temp.chance(i, 4)))::int AS partner,
                floor(power(200000, pg_temp.chance(i, 5)))::int AS address,
                pg_temp.chance(i, 6) < 0.5 AS is_new
            FROM (
                SELECT i, i * CAST(:days AS float8) / CAST(:events AS bigint) AS day
                FROM generate_series(CAST(:first AS bigint), CAST(:last AS bigint)) AS i
                OFFSET 0
            ) AS by_time
            OFFSET 0
        ) AS drawn
        OFFSET 0
    ) AS told
    OFFSET 0
) AS whole;
