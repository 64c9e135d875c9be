BEGIN TRANSACTION;
CREATE TABLE "_migrations" (
   "name" TEXT,
   "applied" TEXT
);
INSERT INTO "_migrations" VALUES('m001_plans','2026-11-25T09:30:00');
INSERT INTO "_migrations" VALUES('m002_settings','2026-11-25T09:30:00');
CREATE TABLE "plans" (
   "id" TEXT PRIMARY KEY,
   "created" TEXT NOT NULL,
   "city" TEXT NOT NULL,
   "date" TEXT NOT NULL,
   "request" TEXT NOT NULL,
   "stops" INTEGER NOT NULL,
   "walk_m" REAL NOT NULL,
   "elapsed_s" INTEGER NOT NULL,
   "fingerprint" TEXT NOT NULL,
   "document" TEXT NOT NULL
);
INSERT INTO "plans" VALUES('pabc','2026-11-25T09:30:00','helsinki','2026-11-26','see Ateneum — "café"',5,2345.6,9000,'f00d','{"schema": 1}');
CREATE TABLE "settings" (
   "key" TEXT PRIMARY KEY,
   "value" TEXT NOT NULL
);
INSERT INTO "settings" VALUES('city','helsinki');
CREATE UNIQUE INDEX "idx_plans_fingerprint"
    ON "plans" ("fingerprint");
CREATE INDEX "idx_plans_created"
    ON "plans" ("created");
COMMIT;
