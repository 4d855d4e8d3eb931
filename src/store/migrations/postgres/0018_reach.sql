-- Which tokens reach a repository, and which have a permission.
CREATE INDEX token_repository_by_repository ON token_repository (repository, token);
CREATE INDEX token_permission_by_permission ON token_permission (permission, token);
