BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0002');
CREATE TABLE audit (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	at TEXT NOT NULL, 
	principal TEXT NOT NULL, 
	action TEXT NOT NULL, 
	detail JSON NOT NULL
);
CREATE TABLE cohort_members (
	run_id INTEGER NOT NULL, 
	rank INTEGER NOT NULL, 
	study_key TEXT NOT NULL, 
	PRIMARY KEY (run_id, rank), 
	FOREIGN KEY(run_id) REFERENCES cohort_runs (id) ON DELETE CASCADE
);
CREATE TABLE cohort_runs (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	cohort_id INTEGER NOT NULL, 
	version_id INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	run_by TEXT NOT NULL, 
	run_at TEXT NOT NULL, 
	radseek_version TEXT NOT NULL, 
	encoder_id TEXT NOT NULL, 
	encoder_revision TEXT NOT NULL, 
	generation TEXT NOT NULL, 
	n_members INTEGER NOT NULL, 
	members_sha256 TEXT NOT NULL, 
	notes JSON NOT NULL, 
	FOREIGN KEY(cohort_id) REFERENCES cohorts (id) ON DELETE CASCADE, 
	FOREIGN KEY(version_id) REFERENCES cohort_versions (id) ON DELETE CASCADE, 
	CONSTRAINT uq_cohort_runs_number UNIQUE (cohort_id, number)
);
CREATE TABLE cohort_versions (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	cohort_id INTEGER NOT NULL, 
	version INTEGER NOT NULL, 
	definition JSON NOT NULL, 
	saved_by TEXT NOT NULL, 
	saved_at TEXT NOT NULL, 
	radseek_version TEXT NOT NULL, 
	encoder_id TEXT NOT NULL, 
	encoder_revision TEXT NOT NULL, 
	FOREIGN KEY(cohort_id) REFERENCES cohorts (id) ON DELETE CASCADE, 
	CONSTRAINT uq_cohort_versions_number UNIQUE (cohort_id, version)
);
CREATE TABLE cohorts (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	name TEXT NOT NULL, 
	UNIQUE (name)
);
CREATE TABLE images (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	image_key TEXT NOT NULL, 
	instance_id INTEGER NOT NULL, 
	study_id INTEGER NOT NULL, 
	series_id INTEGER NOT NULL, 
	frame_index INTEGER NOT NULL, 
	window TEXT NOT NULL, 
	ordinal INTEGER NOT NULL, 
	width_px INTEGER NOT NULL, 
	height_px INTEGER NOT NULL, 
	position TEXT NOT NULL, 
	content_key TEXT NOT NULL, 
	ready BOOLEAN NOT NULL, 
	FOREIGN KEY(instance_id) REFERENCES instances (id) ON DELETE CASCADE, 
	FOREIGN KEY(series_id) REFERENCES series (id) ON DELETE CASCADE, 
	FOREIGN KEY(study_id) REFERENCES studies (id) ON DELETE CASCADE, 
	UNIQUE (image_key), 
	CONSTRAINT uq_images_place UNIQUE (instance_id, frame_index, window)
);
CREATE TABLE instances (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	instance_uid TEXT NOT NULL, 
	series_id INTEGER NOT NULL, 
	source_id INTEGER NOT NULL, 
	outcome_id INTEGER NOT NULL, 
	path BLOB NOT NULL, 
	member BLOB NOT NULL, 
	content_sha256 TEXT NOT NULL, 
	n_bytes BIGINT NOT NULL, 
	kind TEXT NOT NULL, 
	refused BOOLEAN NOT NULL, 
	sop_class_uid TEXT NOT NULL, 
	transfer_syntax_uid TEXT NOT NULL, 
	view_position TEXT NOT NULL, 
	laterality TEXT NOT NULL, 
	rows INTEGER NOT NULL, 
	cols INTEGER NOT NULL, 
	n_frames INTEGER NOT NULL, 
	photometric TEXT NOT NULL, 
	bits_stored INTEGER NOT NULL, 
	instance_number BIGINT, 
	position_mm JSON, 
	orientation JSON, 
	slice_location_mm FLOAT, 
	spacing_mm JSON, 
	manufacturer TEXT NOT NULL, 
	burned_in_annotation TEXT NOT NULL, 
	preamble TEXT NOT NULL, 
	charset_suspect BOOLEAN NOT NULL, 
	FOREIGN KEY(outcome_id) REFERENCES outcomes (id), 
	FOREIGN KEY(series_id) REFERENCES series (id) ON DELETE CASCADE, 
	FOREIGN KEY(source_id) REFERENCES sources (id), 
	UNIQUE (instance_uid)
);
CREATE TABLE jobs (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	kind TEXT NOT NULL, 
	state TEXT NOT NULL, 
	started_at TEXT NOT NULL, 
	finished_at TEXT, 
	done INTEGER NOT NULL, 
	total INTEGER, 
	summary JSON NOT NULL
);
CREATE TABLE labels (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	study_id INTEGER NOT NULL, 
	instance_id INTEGER, 
	name TEXT NOT NULL, 
	FOREIGN KEY(instance_id) REFERENCES instances (id) ON DELETE CASCADE, 
	FOREIGN KEY(study_id) REFERENCES studies (id) ON DELETE CASCADE
);
CREATE TABLE meta (
	"key" TEXT NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY ("key")
);
INSERT INTO "meta" VALUES('secret','0000000000000000000000000000000000000000000000000000000000000000');
CREATE TABLE outcomes (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	source_id INTEGER NOT NULL, 
	locator_sha256 TEXT NOT NULL, 
	content_sha256 TEXT NOT NULL, 
	path BLOB NOT NULL, 
	member BLOB NOT NULL, 
	kind TEXT NOT NULL, 
	outcome TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	detail TEXT NOT NULL, 
	FOREIGN KEY(source_id) REFERENCES sources (id), 
	CONSTRAINT uq_outcomes_thing UNIQUE (source_id, locator_sha256, content_sha256)
);
CREATE TABLE patients (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	patient_key TEXT NOT NULL, 
	patient_id TEXT NOT NULL, 
	issuer TEXT NOT NULL, 
	site TEXT NOT NULL, 
	sex TEXT NOT NULL, 
	UNIQUE (patient_key)
);
CREATE TABLE reports (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	report_key TEXT NOT NULL, 
	study_id INTEGER, 
	source_id INTEGER NOT NULL, 
	outcome_id INTEGER NOT NULL, 
	source_kind TEXT NOT NULL, 
	report_id TEXT NOT NULL, 
	study_uid TEXT NOT NULL, 
	accession TEXT NOT NULL, 
	site TEXT NOT NULL, 
	patient_id TEXT NOT NULL, 
	study_date DATE, 
	modality TEXT NOT NULL, 
	text TEXT NOT NULL, 
	text_sha256 TEXT NOT NULL, 
	link_method TEXT NOT NULL, 
	link_state TEXT NOT NULL, 
	link_note TEXT NOT NULL, 
	labels JSON NOT NULL, 
	FOREIGN KEY(outcome_id) REFERENCES outcomes (id), 
	FOREIGN KEY(source_id) REFERENCES sources (id), 
	FOREIGN KEY(study_id) REFERENCES studies (id) ON DELETE CASCADE, 
	UNIQUE (report_key)
);
CREATE TABLE sentences (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	report_id INTEGER NOT NULL, 
	ordinal INTEGER NOT NULL, 
	section TEXT NOT NULL, 
	start_char INTEGER NOT NULL, 
	end_char INTEGER NOT NULL, 
	text TEXT NOT NULL, 
	assertion TEXT NOT NULL, 
	FOREIGN KEY(report_id) REFERENCES reports (id) ON DELETE CASCADE, 
	CONSTRAINT uq_sentences_place UNIQUE (report_id, ordinal)
);
CREATE TABLE series (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	series_key TEXT NOT NULL, 
	series_uid TEXT NOT NULL, 
	study_id INTEGER NOT NULL, 
	modality TEXT NOT NULL, 
	body_part TEXT NOT NULL, 
	description TEXT NOT NULL, 
	series_number BIGINT, 
	FOREIGN KEY(study_id) REFERENCES studies (id) ON DELETE CASCADE, 
	UNIQUE (series_key), 
	UNIQUE (series_uid)
);
CREATE TABLE sources (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	name TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	site TEXT NOT NULL, 
	root BLOB NOT NULL, 
	root_sha256 TEXT NOT NULL, 
	CONSTRAINT uq_sources_place UNIQUE (name, kind, root_sha256)
);
CREATE TABLE studies (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	study_key TEXT NOT NULL, 
	study_uid TEXT NOT NULL, 
	patient_id INTEGER NOT NULL, 
	source_id INTEGER NOT NULL, 
	accession TEXT NOT NULL, 
	site TEXT NOT NULL, 
	study_date DATE, 
	modality TEXT NOT NULL, 
	body_part TEXT NOT NULL, 
	description TEXT NOT NULL, 
	age_years FLOAT, 
	synthetic BOOLEAN NOT NULL, 
	needs_plan BOOLEAN NOT NULL, 
	FOREIGN KEY(patient_id) REFERENCES patients (id), 
	FOREIGN KEY(source_id) REFERENCES sources (id), 
	UNIQUE (study_key), 
	UNIQUE (study_uid)
);
CREATE INDEX ix_patients_patient_id ON patients (patient_id);
CREATE INDEX ix_patients_sex ON patients (sex);
CREATE INDEX ix_outcomes_bin ON outcomes (outcome, reason, source_id);
CREATE INDEX ix_studies_accession ON studies (accession);
CREATE INDEX ix_studies_age_years ON studies (age_years);
CREATE INDEX ix_studies_body_part ON studies (body_part);
CREATE INDEX ix_studies_modality ON studies (modality);
CREATE INDEX ix_studies_needs_plan ON studies (needs_plan);
CREATE INDEX ix_studies_patient_id ON studies (patient_id);
CREATE INDEX ix_studies_source_id ON studies (source_id);
CREATE INDEX ix_studies_study_date ON studies (study_date);
CREATE INDEX ix_reports_accession ON reports (accession);
CREATE INDEX ix_reports_link_state ON reports (link_state);
CREATE INDEX ix_reports_outcome_id ON reports (outcome_id);
CREATE INDEX ix_reports_patient_id ON reports (patient_id);
CREATE INDEX ix_reports_study_id ON reports (study_id);
CREATE INDEX ix_reports_study_uid ON reports (study_uid);
CREATE INDEX ix_reports_text_sha256 ON reports (text_sha256);
CREATE INDEX ix_series_modality ON series (modality, study_id);
CREATE INDEX ix_series_study_id ON series (study_id, modality);
CREATE INDEX ix_instances_content_sha256 ON instances (content_sha256);
CREATE INDEX ix_instances_outcome_id ON instances (outcome_id);
CREATE INDEX ix_instances_series_id ON instances (series_id, view_position);
CREATE INDEX ix_instances_view ON instances (view_position, series_id);
CREATE INDEX ix_images_content_key ON images (content_key);
CREATE INDEX ix_images_ready ON images (ready, instance_id);
CREATE INDEX ix_images_series_id ON images (series_id);
CREATE INDEX ix_images_study_id ON images (study_id, ready, ordinal);
CREATE INDEX ix_labels_instance_id ON labels (instance_id);
CREATE INDEX ix_labels_name ON labels (name);
CREATE INDEX ix_labels_study_id ON labels (study_id);
CREATE INDEX ix_cohort_runs_version_id ON cohort_runs (version_id);
CREATE INDEX ix_cohort_members_study_key ON cohort_members (study_key);
COMMIT;
