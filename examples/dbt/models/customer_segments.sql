-- Written by make_model.py: the scheme classic; the cut points do not change by themselves.
WITH "order_rows" AS (
  SELECT
    "o"."customer_id" AS "customer_id",
    CAST("o"."date" AS DATE) AS "day",
    CAST(ROUND("o"."amount" * 10000) AS BIGINT) AS "units"
  FROM {{ source('shop', 'orders') }} AS "o"
  WHERE
    NOT "o"."customer_id" IS NULL
    AND CAST("o"."customer_id" AS TEXT) <> ''
    AND NOT CAST("o"."date" AS DATE) IS NULL
    AND NOT "o"."amount" IS NULL
), "order_days" AS (
  SELECT
    "customer_id",
    "day",
    SUM("units") AS "units",
    MIN("units") AS "lowest"
  FROM "order_rows"
  GROUP BY
    "customer_id",
    "day"
), "buyers" AS (
  SELECT
    "customer_id",
    COUNT(CASE WHEN "units" > 0 OR (
      "units" = 0 AND "lowest" >= 0
    ) THEN 1 END) AS "orders",
    MAX(CASE WHEN "units" > 0 OR (
      "units" = 0 AND "lowest" >= 0
    ) THEN "day" END) AS "last_purchase",
    (
      SELECT
        MAX("day")
      FROM "order_rows"
    ) AS "as_of",
    SUM("units") AS "units"
  FROM "order_days"
  GROUP BY
    "customer_id"
  HAVING
    COUNT(CASE WHEN "units" > 0 OR (
      "units" = 0 AND "lowest" >= 0
    ) THEN 1 END) > 0
), "measured" AS (
  SELECT
    "customer_id",
    DATE_DIFF('DAY', "last_purchase", "as_of") AS "recency",
    "orders" AS "frequency",
    "orders",
    "units" AS "units",
    CAST("units" AS DOUBLE) / CAST(10000.0 AS DOUBLE) AS "monetary"
  FROM "buyers"
), "scored" AS (
  SELECT
    "customer_id",
    "recency",
    "frequency",
    "monetary",
    "orders",
    1 + CASE WHEN "recency" < 512 THEN 1 ELSE 0 END + CASE WHEN "recency" < 485 THEN 1 ELSE 0 END + CASE WHEN "recency" < 432 THEN 1 ELSE 0 END + CASE WHEN "recency" < 141 THEN 1 ELSE 0 END AS "R",
    1 + CASE WHEN "frequency" > 1 THEN 2 ELSE 0 END + CASE WHEN "frequency" > 2 THEN 1 ELSE 0 END + CASE WHEN "frequency" > 4 THEN 1 ELSE 0 END AS "F",
    1 + CASE WHEN "units" > 153600 THEN 1 ELSE 0 END + CASE WHEN "units" > 313500 THEN 1 ELSE 0 END + CASE WHEN "units" > 599200 THEN 1 ELSE 0 END + CASE WHEN "units" > 1339500 THEN 1 ELSE 0 END AS "M"
  FROM "measured"
), "coded" AS (
  SELECT
    *,
    CAST("R" AS TEXT) || CAST("F" AS TEXT) || CAST("M" AS TEXT) AS "rfm"
  FROM "scored"
)
SELECT
  "customer_id",
  "recency",
  "frequency",
  "monetary",
  "orders",
  "R",
  "F",
  "M",
  "rfm",
  CASE
    WHEN "R" = 5 AND "F" = 5 AND "M" = 5
    THEN 'VIP'
    WHEN "R" <= 4 AND "F" = 5 AND "M" = 5
    THEN 'can''t lose'
    WHEN "R" >= 4 AND "F" >= 4
    THEN 'loyal'
    WHEN "R" >= 4 AND "F" IN (2, 3)
    THEN 'potential loyalist'
    WHEN "R" = 3 AND "F" >= 2
    THEN 'needs attention'
    WHEN "R" <= 2 AND "F" >= 2
    THEN 'at risk'
    WHEN "R" = 5 AND "F" = 1
    THEN 'new'
    WHEN "R" = 4 AND "F" = 1
    THEN 'promising'
    WHEN "R" = 3 AND "F" = 1
    THEN 'about to sleep'
    WHEN "R" <= 2 AND "F" = 1 AND (
      "R" = 2 OR "M" >= 4
    )
    THEN 'hibernating'
    WHEN "R" = 1 AND "F" = 1 AND "M" <= 3
    THEN 'lost'
  END AS "segment"
FROM "coded"
