-- Which tokens reach a repository.
CREATE INDEX token_repository_by_repository ON token_repository (repository, token);
