BEGIN TRANSACTION;
CREATE TABLE "_migrations" (
   "name" TEXT,
   "applied" TEXT
);
INSERT INTO "_migrations" VALUES('m001_plans','2026-11-25T09:30:00');
INSERT INTO "_migrations" VALUES('m002_settings','2026-11-25T09:30:00');
INSERT INTO "_migrations" VALUES('m003_places','2026-11-25T09:30:00');
CREATE TABLE "place_sources" (
   "place" INTEGER NOT NULL REFERENCES "places"("number"),
   "file" TEXT NOT NULL,
   "row" INTEGER,
   "format" TEXT NOT NULL
);
INSERT INTO "place_sources" VALUES(1,'mine.csv',4,'csv');
CREATE TABLE "places" (
   "number" INTEGER PRIMARY KEY,
   "id" TEXT NOT NULL,
   "name" TEXT NOT NULL,
   "lat" REAL,
   "lon" REAL,
   "category" TEXT,
   "names" TEXT NOT NULL,
   "tags" TEXT NOT NULL,
   "labels" TEXT NOT NULL,
   "notes" TEXT NOT NULL,
   "description" TEXT NOT NULL,
   "rating" REAL,
   "favourite" INTEGER NOT NULL,
   "visited" INTEGER NOT NULL,
   "never" INTEGER NOT NULL,
   "visit_minutes" INTEGER,
   "opening_hours" TEXT,
   "hours_corrected" INTEGER NOT NULL,
   "address" TEXT,
   "url" TEXT,
   "osm" TEXT,
   "own" INTEGER NOT NULL,
   "first_seen" TEXT NOT NULL
);
INSERT INTO "places" VALUES(1,'mabc','Café Engel',60.1692,24.9522,'cafe','{"fi":"Kahvila Engel"}','{"cuisine":"cake"}','["breakfast"]','window seat','',4.5,1,1,0,40,'Mo-Fr 08:00-18:00',1,'Aleksanterinkatu 26',NULL,'node/1',1,'2026-01-02T03:04:05');
INSERT INTO "places" VALUES(2,'mdef','喫茶店',NULL,NULL,NULL,'{}','{}','[]','','',NULL,0,0,1,NULL,NULL,0,NULL,NULL,NULL,1,'2026-01-02T03:04:05');
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
CREATE TABLE "visits" (
   "place" INTEGER NOT NULL REFERENCES "places"("number"),
   "date" TEXT NOT NULL,
   "plan" TEXT
);
INSERT INTO "visits" VALUES(1,'2026-11-20','pabc');
CREATE UNIQUE INDEX "idx_plans_fingerprint"
    ON "plans" ("fingerprint");
CREATE INDEX "idx_plans_created"
    ON "plans" ("created");
CREATE UNIQUE INDEX "idx_places_id"
    ON "places" ("id");
CREATE INDEX "idx_places_lat_lon"
    ON "places" ("lat", "lon");
CREATE INDEX "idx_places_osm"
    ON "places" ("osm");
CREATE INDEX "idx_place_sources_place"
    ON "place_sources" ("place");
CREATE INDEX "idx_place_sources_file_row"
    ON "place_sources" ("file", "row");
CREATE UNIQUE INDEX "idx_visits_place_date"
    ON "visits" ("place", "date");
CREATE INDEX "idx_visits_plan"
    ON "visits" ("plan");
COMMIT;
