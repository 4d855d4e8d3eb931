--
-- PostgreSQL database dump
--


-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
-- Dumped by pg_dump version 15.18 (Debian 15.18-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: _sqlx_migrations; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public._sqlx_migrations (
    version bigint NOT NULL,
    description text NOT NULL,
    installed_on timestamp with time zone DEFAULT now() NOT NULL,
    success boolean NOT NULL,
    checksum bytea NOT NULL,
    execution_time bigint NOT NULL
);


--
-- Name: audit_entry; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.audit_entry (
    id bigint NOT NULL,
    at bigint NOT NULL,
    body text NOT NULL,
    n bigint,
    hash text
);


--
-- Name: audit_entry_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.audit_entry ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.audit_entry_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: audit_seal; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.audit_seal (
    batch bigint NOT NULL,
    last bigint NOT NULL,
    body text NOT NULL
);


--
-- Name: card; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.card (
    request_key text NOT NULL,
    channel_id text NOT NULL,
    message_ts text NOT NULL,
    rendering text NOT NULL
);


--
-- Name: collection; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.collection (
    collection_key text NOT NULL,
    channel_id text NOT NULL,
    cause text NOT NULL,
    about text NOT NULL,
    made_at bigint NOT NULL
);


--
-- Name: delivery; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.delivery (
    id text NOT NULL,
    received_at bigint NOT NULL
);


--
-- Name: installation; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.installation (
    id bigint NOT NULL,
    organization_id bigint NOT NULL,
    login text NOT NULL,
    state text NOT NULL,
    updated_at bigint NOT NULL
);


--
-- Name: job; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.job (
    id bigint NOT NULL,
    kind text NOT NULL,
    subject text NOT NULL,
    payload text NOT NULL,
    run_at bigint NOT NULL,
    created_at bigint NOT NULL,
    attempts bigint NOT NULL,
    generation bigint NOT NULL,
    lease_owner text,
    lease_until bigint,
    given_up_at bigint,
    cause text
);


--
-- Name: job_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.job ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.job_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: lasting; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.lasting (
    name text NOT NULL,
    words text NOT NULL,
    since bigint NOT NULL
);


--
-- Name: link; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.link (
    login text NOT NULL,
    github_id bigint NOT NULL,
    slack_id text NOT NULL,
    linked_at bigint NOT NULL
);


--
-- Name: posting; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.posting (
    request_key text NOT NULL,
    channel_id text NOT NULL,
    since bigint NOT NULL
);


--
-- Name: program; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.program (
    one bigint NOT NULL,
    needs bigint NOT NULL,
    writes bigint NOT NULL,
    CONSTRAINT program_one_check CHECK ((one = 1))
);


--
-- Name: progress; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.progress (
    name text NOT NULL,
    value bigint NOT NULL
);


--
-- Name: reconciliation; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.reconciliation (
    organization_id bigint NOT NULL,
    baseline_at bigint NOT NULL,
    finished_at bigint NOT NULL
);


--
-- Name: request; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.request (
    organization_id bigint NOT NULL,
    request_id bigint NOT NULL,
    request_key text NOT NULL,
    version bigint NOT NULL,
    token_id bigint,
    requester_id bigint NOT NULL,
    state text NOT NULL,
    received_at bigint NOT NULL,
    document text NOT NULL
);


--
-- Name: showing; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.showing (
    request_key text NOT NULL,
    channel_id text NOT NULL,
    collection_key text,
    since bigint NOT NULL
);


--
-- Name: slack_installation; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.slack_installation (
    one bigint NOT NULL,
    app_id text NOT NULL,
    team_id text,
    enterprise_id text,
    is_enterprise_install boolean NOT NULL,
    pinned_at bigint NOT NULL,
    CONSTRAINT slack_installation_one_check CHECK ((one = 1))
);


--
-- Name: turn; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.turn (
    organization_id bigint NOT NULL,
    holder text NOT NULL,
    busy_until bigint NOT NULL,
    free_at bigint NOT NULL
);


--
-- Data for Name: _sqlx_migrations; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public._sqlx_migrations VALUES (1, 'first release', '2026-11-24 20:55:52.891979+00', true, '\xd42bca06eea830b65a1cba50a843c4ecc9fe4f71f486af47ef7c324125ea9f41df7dc07d9b645602c563be051a389067', 56385901);
INSERT INTO public._sqlx_migrations VALUES (2, 'program', '2026-11-24 20:55:52.948433+00', true, '\x0b61e844a49eecec085e78ea5e2d5652e616a1191afb82b5500c19d281d15abcfdc610990c1c9635f76539398e7b67c5', 1236792);
INSERT INTO public._sqlx_migrations VALUES (3, 'manners', '2026-11-24 20:55:52.949964+00', true, '\xd9429931af6a6a963662a89d45c12c2b8e9840b575a3b2e7f9fbee3c1a629c1fb3a39568876e18841c9ad3b3893c7b1c', 27085530);
INSERT INTO public._sqlx_migrations VALUES (4, 'watch', '2026-11-24 20:55:52.977276+00', true, '\x14f8c862f207e8d9b77edc59a2dac4d0a77536dc852101ca77312238bb25aee45750a9af4b05e870337310419028fbc4', 20604998);


--
-- Data for Name: audit_entry; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.audit_entry OVERRIDING SYSTEM VALUE VALUES (1, 1795435200000, '{"type":"entry","v":1,"n":null,"hash":null,"at":"2026-11-23T12:00:00.000Z","action":"service.started","actor":{"kind":"service"},"subject":{"organization":null,"request":null,"grant":null,"token":null,"key":null},"result":"done","policies":[],"fields":[{"name":"version","value":"0.1.0"},{"name":"policies","value":"72899b0a31431c73d650bcf1ad64e9d7b763f6aa55a76f28b952fd6953417ffc"}]}', 1, 'd0a7dc843cf9eb63e44579bdf8d76636b9d5f2f97353ee4a729b6b90d0029034');
INSERT INTO public.audit_entry OVERRIDING SYSTEM VALUE VALUES (2, 1795435200000, '{"type":"entry","v":1,"n":null,"hash":null,"at":"2026-11-23T12:00:00.000Z","action":"slack.installation_pinned","actor":{"kind":"service"},"subject":{"organization":null,"request":null,"grant":null,"token":null,"key":null},"result":"done","policies":[],"fields":[{"name":"app","value":"A0COUNTER"},{"name":"team","value":"T0ACME"},{"name":"enterprise","value":"none"}]}', 2, '31a36a32ee90538b25f7ec729f75fdb3599a9835b4bb7cbcb77a7d901f3e8441');
INSERT INTO public.audit_entry OVERRIDING SYSTEM VALUE VALUES (3, 1795435200000, '{"type":"entry","v":1,"n":null,"hash":null,"at":"2026-11-23T12:00:00.000Z","action":"installation.changed","actor":{"kind":"service"},"subject":{"organization":1008,"request":null,"grant":null,"token":null,"key":null},"result":"active","policies":[],"fields":[{"name":"installation","value":"1012"}]}', 3, 'ae26c3d3d702f48c8ea76b778b827d7cce67f1c6867acb3a151f29e7a3577382');
INSERT INTO public.audit_entry OVERRIDING SYSTEM VALUE VALUES (4, 1795435200000, '{"type":"entry","v":1,"n":null,"hash":null,"at":"2026-11-23T12:00:00.000Z","action":"request.received","actor":{"kind":"github_user","github":{"commitment":"b8d47ba7fb67e6db5306c40029709201d0cd794a2b84926505406a6a636f610d","value":"1003","salt":"34296b8e8ee50b480fc881bda422b736"},"login":{"commitment":"ea1eb49fedf7f0cfff11bf7e2602182c66afb4a46c960c2b9ba0294354648f6f","value":"octocat","salt":"a07ea1e588fbbcaa63ca7c51739d0022"}},"subject":{"organization":1008,"request":1014,"grant":null,"token":1013,"key":null},"result":"done","policies":[],"fields":[{"name":"event","value":"created"},{"name":"requester","value":{"commitment":"e78d02c194e8f26b88c91b248c5bf2d9c0939dffae74a34ef5a65bd1681c3f69","value":"octocat","salt":"af8e695b28ceb7f77e39240806fb4776"}}]}', 4, '1cf01ce7ba64a46b494dfbe5bb0c85d5da7483b049a0c4a7f6f6bb7ef3c08280');
INSERT INTO public.audit_entry OVERRIDING SYSTEM VALUE VALUES (5, 1795435200000, '{"type":"entry","v":1,"n":null,"hash":null,"at":"2026-11-23T12:00:00.000Z","action":"request.enriched","actor":{"kind":"service"},"subject":{"organization":1008,"request":1014,"grant":null,"token":1013,"key":"r-rp8kbg"},"result":"done","policies":[],"fields":[{"name":"revision","value":"214fffecf7444912f0f3930147e9d3f3"}]}', 5, '2c9e42134246d41da139c3301de934ff01baf981718bcadf134e645af1c48df6');
INSERT INTO public.audit_entry OVERRIDING SYSTEM VALUE VALUES (6, 1795435200000, '{"type":"entry","v":1,"n":null,"hash":null,"at":"2026-11-23T12:00:00.000Z","action":"link.pinned","actor":{"kind":"service"},"subject":{"organization":null,"request":null,"grant":null,"token":null,"key":null},"result":"done","policies":[],"fields":[{"name":"login","value":{"commitment":"802858c5c6151f1ce3f74b229b7a566bb2461253bc9a8b81f5dea32f86c2c846","value":"octocat","salt":"2f4fcaf224d7a73017e600191bc11448"}},{"name":"github","value":{"commitment":"6054bcbe16efab94a9c762c54256e53b833f9c473427f0cedcd5fbdc3501587a","value":"1003","salt":"a0718e1da6e8754216a842cf8e08aa0e"}},{"name":"slack","value":{"commitment":"d939dd74653de267b56bbcdb3a15bc62a8b8b9ea947764ba0912dc45e72b1d9e","value":"U0OCTOCAT","salt":"9353f24ac2c247e535b0b75a68cc4ed8"}}]}', 6, '85ee8f62e34ef369f3b5fbe07436e9cf7899878ae826e2a72a25c11ba6f13b36');
INSERT INTO public.audit_entry OVERRIDING SYSTEM VALUE VALUES (7, 1795435200000, '{"type":"entry","v":1,"n":null,"hash":null,"at":"2026-11-23T12:00:00.000Z","action":"request.received","actor":{"kind":"github_user","github":{"commitment":"03caa68972cadad774f851bf5d937012bdb4cdc19e65612b4524ba1469390944","value":"1003","salt":"41f09904d817019d82e51d61250412dd"},"login":{"commitment":"e841b8fb98fede59d941b702b29ffb43ad9b66353475facefff74310a12cccd4","value":"octocat","salt":"dda1c36f1dfdaed95a45ec730f04b3d4"}},"subject":{"organization":1008,"request":1016,"grant":null,"token":1015,"key":null},"result":"done","policies":[],"fields":[{"name":"event","value":"created"},{"name":"requester","value":{"commitment":"d2f16eb06367e8ff185b96de004e38062a14711c2acd62ff98f92ca9affc5c72","value":"octocat","salt":"be3d95789e0d65d46a5f8d65a3da3b07"}}]}', 7, '2ee2c3ba7a43ad937490ec3e4d17d3187824a968a1d859a968a45adb1b740194');
INSERT INTO public.audit_entry OVERRIDING SYSTEM VALUE VALUES (8, 1795435200000, '{"type":"entry","v":1,"n":null,"hash":null,"at":"2026-11-23T12:00:00.000Z","action":"request.enriched","actor":{"kind":"service"},"subject":{"organization":1008,"request":1016,"grant":null,"token":1015,"key":"r-fvs396"},"result":"done","policies":[],"fields":[{"name":"revision","value":"214fffecf7444912f0f3930147e9d3f3"}]}', 8, '00223df97df305ba7d3d857909237a60f2155b64108c35431bb1f3b2117629df');
INSERT INTO public.audit_entry OVERRIDING SYSTEM VALUE VALUES (9, 1795435200000, '{"type":"entry","v":1,"n":null,"hash":null,"at":"2026-11-23T12:00:00.000Z","action":"link.pinned","actor":{"kind":"service"},"subject":{"organization":null,"request":null,"grant":null,"token":null,"key":null},"result":"done","policies":[],"fields":[{"name":"login","value":{"commitment":"47aa42f29d45812b335c591bf68e75c780c1a4a255dfd53cb03f018cf83dc9a7","value":"alice","salt":"77112308ef8d1719efb400f925c4bdc2"}},{"name":"github","value":{"commitment":"f33f570451671e5986687ac3bd79c6857a7d9b3abefa71fd2d222fafd410e25a","value":"1004","salt":"b39b641934bd3e6c4e8f2381e2635dd2"}},{"name":"slack","value":{"commitment":"c27d32c552377b4171ee554c6fe1c53a4a5085135952e8b67fe007be5bafc297","value":"U0ALICE","salt":"4a55664263897b6394025becad6dcf1a"}}]}', 9, '052f22b2aaad36d7d198b1a5b0cfce38f4047601ff9a69785128a2c501a6112b');
INSERT INTO public.audit_entry OVERRIDING SYSTEM VALUE VALUES (10, 1795435200000, '{"type":"entry","v":1,"n":null,"hash":null,"at":"2026-11-23T12:00:00.000Z","action":"vote.accepted","actor":{"kind":"person","slack":{"commitment":"4d35463748be9806bd80d238683630eb3debb515b52a5ecb11e84d5ffd894c9a","value":"U0ALICE","salt":"ab2799a665e6e20ad4be1b07e475e709"},"github":{"commitment":"7740a78254759207b8279502117a31c7c6ead78ab24cfe5df2188bbe56c32fe5","value":"1004","salt":"f4e423fda60045dd30b0d688d9006a64"},"login":{"commitment":"9cdc6d49d2f5e9ba61387df3e25b0b745b6bce11477ef7e79e0e6d809f0c37fd","value":"alice","salt":"5b27e1a2acc9e5fcfa99320037fb6b60"}},"subject":{"organization":1008,"request":1016,"grant":null,"token":1015,"key":"r-fvs396"},"result":"done","policies":["approvers-decide"],"fields":[{"name":"revision","value":"214fffecf7444912f0f3930147e9d3f3"},{"name":"fact.action","value":{"commitment":"3315a9005e626e53850455c867e68947958114523e1e46ccb6aedda6f74c5e90","value":"approve","salt":"429269e3c4fa0d2ced29beb2747d891c"}},{"name":"fact.isOwn","value":{"commitment":"98efe4e7b4c4d6c4997b0ed1ba7e0f761623ab5ffc2509762b355c3a3baa227a","value":"false","salt":"9a885ea0d2fff654ef81be0728d4333d"}},{"name":"fact.now","value":{"commitment":"779aa39a9d6b357560936a1de3bf08d3ab075ef911adaa4536462ac1f37ade56","value":"2026-11-23T12:00:00.000Z","salt":"85f1e06dbdacb68806f8669c5aca356a"}},{"name":"fact.policies","value":{"commitment":"fb521334cb1c638f73992d3d7ba86e066a2bd7cef542a61e8044ef9bd1e85148","value":"72899b0a31431c73d650bcf1ad64e9d7b763f6aa55a76f28b952fd6953417ffc","salt":"c7234d9312347ff0973c28cd948022f9"}},{"name":"fact.request.allRepositories","value":{"commitment":"990a6d32e70493e83475b426d759af7a0c06f15e61c17e25517f680ddb0e59fe","value":"false","salt":"74d9e498ccc830024fd6f38a0f38e363"}},{"name":"fact.request.approvers","value":{"commitment":"6d24d904e1bb2c589dc7ea2a3b9f700c211f29ffde341c4590fb04685f440f1c","value":"approvers","salt":"21566486a5687f00a742655e201f13bc"}},{"name":"fact.request.expiresInDays","value":{"commitment":"a5330152d6a9e1dae2137e8727477be0ac3fde0b4f54242397481b443deef091","value":"90","salt":"af3276c27d1ea34e970f8adcaef9bc1e"}},{"name":"fact.request.hasRoute","value":{"commitment":"6bbe61b04b68ee8eac2f1354f4df5418a124796f44776ae6eac409dbbdb256d6","value":"true","salt":"37cf780cda03ef1085cc3b4fd1423ec4"}},{"name":"fact.request.in","value":{"commitment":"2ff9a465916fb42c376be613b7ef0b5b31714e7c638647b0941b84f5f1a494e0","value":"acme","salt":"89dcc86444e74be8599403b24c269328"}},{"name":"fact.request.level","value":{"commitment":"df3a5ac000f1fc1bfbb6940d9e1b2afc642554f34569c0eaff489f9755b3877a","value":"2","salt":"40937e92f07f99ebe594a4de81ddf5fd"}},{"name":"fact.request.lifetimeDays","value":{"commitment":"bc3ebb843ce5a2bde3a2b1c604c0e977158fac9e20fbded99828aa4f8a452131","value":"90","salt":"8cf4be8ddff30de64b5d26468896ae79"}},{"name":"fact.request.neverExpires","value":{"commitment":"94f8bbb87b48a4cae46bec5b501bdbeb12be8d59e6c559199f3efb6b889625f4","value":"false","salt":"44b6c7f1530dbe8ed5611ddf2e4553e7"}},{"name":"fact.request.organization","value":{"commitment":"b85968e85af129460e92a759d8c29138428af487d494c88889d46517c9aeb05c","value":"acme","salt":"98206316c21948f35c37fc46e00835df"}},{"name":"fact.request.permissions","value":{"commitment":"d9a3766f0f0afbc26a804dc3b5579c661bbcbd358b1fd73652a99e3460d73c0b","value":"contents:write metadata:read","salt":"5e9d97af4d51eb9ef5ed10a233ccb018"}},{"name":"fact.request.repositoriesKnown","value":{"commitment":"889aed74154877bf3abc9ecf1d2cf4f735745725a5a9fbfb0792996d2c9ca667","value":"true","salt":"cd97fc8e876085d7a28be7b07db4726a"}},{"name":"fact.request.requester","value":{"commitment":"6c951e3f212881b46f25b44f8cf0a178f06ec6a73cae5a9cec877bb0519ac697","value":"octocat","salt":"c53f48cf94131881ce6ff91219cb76cf"}},{"name":"fact.request.touches","value":{"commitment":"7d72fb383a4ef96cee093e28b0899a71213d4d86d0132204c64f0cc5f94de090","value":"","salt":"0df032d1feb637afbfe186cbe0a52bdd"}},{"name":"fact.schema","value":{"commitment":"618a0a620b1e3ad72f4f780b287332b7b7a0e8aefd2e3196eb5f4a7157bf49e2","value":"1","salt":"1506f3ea574a8f75993130b2dbc2bdac"}},{"name":"fact.user.in","value":{"commitment":"416ac7e1e6289e60e86cb94f2ffcb962fbde0f908c78c974b9c08667a2bd2022","value":"approvers","salt":"0527ecaa58a2276b4f660325455a1e81"}},{"name":"fact.user.isBot","value":{"commitment":"0f296fe4c5531746159a1e87fd3d56c21abd197c94136c09ecca8999b4a20a58","value":"false","salt":"23968587ecee7ce264fedfa4e01b05ea"}},{"name":"fact.user.isDeactivated","value":{"commitment":"1a1d59106a9dbfe40597b9de6d5e39b41a96aafbe9b0fb5dff5888fd2002e241","value":"false","salt":"d29c5fb13a4f6b64bcf3626a67b50a05"}},{"name":"fact.user.isExternal","value":{"commitment":"ff2830c21bd9882255f7785aede0076a6f2dddb2096706419add76f6e9a5557b","value":"false","salt":"7a43f7b1876d7abeff881c45c8690b86"}},{"name":"fact.user.isGuest","value":{"commitment":"ae49f0bb5dd69100813b8d7cd4cf641f7ab6fa810af7930783aa1a71ffe3a105","value":"false","salt":"fb5bfe9e3ea9fc4159daf539dedd84d4"}},{"name":"fact.user.isLinked","value":{"commitment":"2dff1fb238f61afb0e885d4b338e937ac93516a4c722d35daf13066f15f50955","value":"true","salt":"801e8af2449853acd0190e18bdea5e7b"}},{"name":"fact.user.isMember","value":{"commitment":"b6e3a630b190ff21d8fd55f31d407aa917784578b30a69c73928dddc4377ba5b","value":"true","salt":"f4cafb83f0e22e834e12b2b01b9af7c9"}},{"name":"fact.user.linkAgeHours","value":{"commitment":"1e92675cb6392606e021b2198ddcd45d47e5ae190cfc602e97fa69ac05ddf2e7","value":"1000000","salt":"29e9c5275ba1f2a9e812a05b77fe795c"}},{"name":"fact.user.linkKnown","value":{"commitment":"691d1e0390684ec009c8b2978239702d580fa5bd26414a5a3ad53b6bf54a39a0","value":"true","salt":"1b95b5a573a8f35e20af775d1dc88f77"}},{"name":"fact.user.login","value":{"commitment":"7162a3daa17c3c01b8405979f262d61f6cc07039114bd4a2d44f7ccfd1adc902","value":"alice","salt":"c5b78183bf975715caffaef35a0bf767"}},{"name":"fact.user.membershipKnown","value":{"commitment":"ca77ac6b53999df6abdf8008714125f2ff2d18dd11bd02fd78c77f5157d1a90d","value":"true","salt":"25d2a383d82757855cc45780985ad41e"}},{"name":"fact.user.slackKnown","value":{"commitment":"8de8941fcf6cb8e06adb9679297b7b6fadb5ca8044db3df1aa4658b6bca12620","value":"true","salt":"42b06e91a68c7c08dac05913e0cf0f6e"}}]}', 10, '6bcf502203a980ab74f0398f571f6781b3137ee91e2b616d2cad719475b995b7');
INSERT INTO public.audit_entry OVERRIDING SYSTEM VALUE VALUES (11, 1795435200000, '{"type":"entry","v":1,"n":null,"hash":null,"at":"2026-11-23T12:00:00.000Z","action":"decision.made","actor":{"kind":"person","slack":{"commitment":"4d35463748be9806bd80d238683630eb3debb515b52a5ecb11e84d5ffd894c9a","value":"U0ALICE","salt":"ab2799a665e6e20ad4be1b07e475e709"},"github":{"commitment":"7740a78254759207b8279502117a31c7c6ead78ab24cfe5df2188bbe56c32fe5","value":"1004","salt":"f4e423fda60045dd30b0d688d9006a64"},"login":{"commitment":"9cdc6d49d2f5e9ba61387df3e25b0b745b6bce11477ef7e79e0e6d809f0c37fd","value":"alice","salt":"5b27e1a2acc9e5fcfa99320037fb6b60"}},"subject":{"organization":1008,"request":1016,"grant":null,"token":1015,"key":"r-fvs396"},"result":"approve","policies":["votes-settle"],"fields":[{"name":"revision","value":"214fffecf7444912f0f3930147e9d3f3"},{"name":"fact.action","value":{"commitment":"4735691482ee83a4696cb65af3fc18cbf67863fe2258311497fc14e9cd3d0670","value":"settle","salt":"c4651281a9069de865568b952ba57f22"}},{"name":"fact.now","value":{"commitment":"8c87d9d532a68db1a2091a6dd2b78702841c8db86463641401bdcb2ad8b94271","value":"2026-11-23T12:00:00.000Z","salt":"17df9cd13316d9e7fe82b6d2ba8bd3a6"}},{"name":"fact.policies","value":{"commitment":"430d874d5c117c3505befc361aa7569f02b45e60f40bbf904f2b0c94c9bb1acd","value":"72899b0a31431c73d650bcf1ad64e9d7b763f6aa55a76f28b952fd6953417ffc","salt":"00ad94f6ca8706699adee74f659ddb94"}},{"name":"fact.request.allRepositories","value":{"commitment":"6307138a143c0c71fb45f3340bb0c0774bfff83ce9b4ada23e2a4164e51d5902","value":"false","salt":"cb5eb31a27d2b8f0f72c4a0ffa63597f"}},{"name":"fact.request.approvers","value":{"commitment":"b36f13ba4cf20d5fd3e0c421ec40fe58b49b9ac9906aa76f416d34e0ed7f402d","value":"approvers","salt":"cd3e0bb69a1fae8fa5c7f13a58f43dac"}},{"name":"fact.request.expiresInDays","value":{"commitment":"177a8d504d9d7254c099367195b567774d44c0f33d3f7124b3b6b31c24003e18","value":"90","salt":"d20081f115df217b979ea5f3961153de"}},{"name":"fact.request.hasRoute","value":{"commitment":"5af543506d14086abe21b06d694797e2b239d1a7870dbf284d99fcae04b5de64","value":"true","salt":"6767699563ab9b6eac83b04946d9a633"}},{"name":"fact.request.in","value":{"commitment":"324c8ae8806a8d465a578e30915d518be45890254cacba7bb0d1415656461ee8","value":"acme","salt":"a7a47f494cadbed9320bae536b7fd71d"}},{"name":"fact.request.level","value":{"commitment":"0792ccde8c18c74b030186f5f1866384f1fe17c7257bafa05b7f3b771f868ec4","value":"2","salt":"42b63b629ff350705673d2e82ad1dfb4"}},{"name":"fact.request.lifetimeDays","value":{"commitment":"3e131ca92ab0bc581b194cfcb0a6834240916b7b663008aa7a32767486e304ba","value":"90","salt":"584b65bdd7d2806e12782e6441d7017a"}},{"name":"fact.request.neverExpires","value":{"commitment":"8e05dc55c424fa466259c885f1671b586ec9a16d7abf4c5eb32723a5f1c6cef0","value":"false","salt":"26a6a3b743a5d983b40cb0eed9d12c6c"}},{"name":"fact.request.organization","value":{"commitment":"65c7b5bd471aa7790b2c5a3feb4d70f86327aaeda960758cc38ac1db9258cc45","value":"acme","salt":"f0aebc3ffd0513fecaff8fb759f1c33e"}},{"name":"fact.request.permissions","value":{"commitment":"c16d3139021896f0d30724f6e02ccee36f0e257f708286c57ab1919fb3bf85cc","value":"contents:write metadata:read","salt":"3f3ec050b513bf5e3124fd4e3261272c"}},{"name":"fact.request.repositoriesKnown","value":{"commitment":"53c3ccf79c7c8e42f410a60890296a4199a8a8741e17185ad7450377eb475b77","value":"true","salt":"c76dd9ef600391edcf159227b342b15e"}},{"name":"fact.request.requester","value":{"commitment":"35ab2e4ba63966ce019d7d5dedb54b4b4b0d96edc2331c9016243a7a6b658508","value":"octocat","salt":"c1f17101b039347a595219d5e90a1b64"}},{"name":"fact.request.touches","value":{"commitment":"7c310c4cba2ead65d575ca1e1a5f995d4c358d95c922caeaa95e1a3637787104","value":"","salt":"e22d574e80806b4d136f5b9d74ad0800"}},{"name":"fact.schema","value":{"commitment":"3d6dc08d35548e25fdf9d226f53dd79172d5553795664ed1617316f14e129775","value":"1","salt":"4be814eca1822256fbb793fc50b2d893"}},{"name":"fact.votes.approvals","value":{"commitment":"acc08c4caa989a8268f4a6bc9a7d5a94f2cb41e86008069f9232db6c2cd153bd","value":"1","salt":"84fb9a246628f4a8682ba3e1ba325459"}},{"name":"fact.votes.in","value":{"commitment":"1d10366a37d8096c68e37b90db23537d814f758cc44990437cc6fca101f17397","value":"","salt":"42beb25953d84593535a295da4cb7976"}},{"name":"fact.votes.needed","value":{"commitment":"9393686660aacdbafb2386c94cbb32dec12cb445ee046a1d6d59aa7e56d3a9be","value":"1","salt":"37aef3610e2301d8a96235ccdf9efa96"}}]}', 11, 'f4455336c5f57857f8217685884656e1f2c9898342f401b02088210b3eb318b4');
INSERT INTO public.audit_entry OVERRIDING SYSTEM VALUE VALUES (12, 1795435200000, '{"type":"entry","v":1,"n":null,"hash":null,"at":"2026-11-23T12:00:00.000Z","action":"review.attempted","actor":{"kind":"person","slack":{"commitment":"6926f2fb849b25e082eb587137cbb7af6fc6877b41fefebbdc394483e0e032ac","value":"U0ALICE","salt":"6126ac20366a062ebe0c76c1fe8603c5"},"github":{"commitment":"c99e1fe49e273fbdd95fead7612ebdaac01f8948a1ea4d42b1ffd85fc28eba62","value":"1004","salt":"56b5c013f62987d6d150e9d23af889de"},"login":{"commitment":"bbf9816cb21409291ce4897ea2091b5df004dcf291ef77f36ff318ecf74cfbee","value":"alice","salt":"421cb8f0e6ac502355b250fba445399f"}},"subject":{"organization":1008,"request":1016,"grant":null,"token":1015,"key":"r-fvs396"},"result":"approve","policies":[],"fields":[{"name":"revision","value":"214fffecf7444912f0f3930147e9d3f3"},{"name":"attempt","value":"1"}]}', 12, '50df3c132f35a7b898d9832ae83405d195e20206112b311106ad6f92362de66b');
INSERT INTO public.audit_entry OVERRIDING SYSTEM VALUE VALUES (13, 1795435200000, '{"type":"entry","v":1,"n":null,"hash":null,"at":"2026-11-23T12:00:00.000Z","action":"review.answered","actor":{"kind":"service"},"subject":{"organization":1008,"request":1016,"grant":null,"token":1015,"key":"r-fvs396"},"result":"confirmed","policies":[],"fields":[{"name":"revision","value":"214fffecf7444912f0f3930147e9d3f3"}]}', 13, 'd576c3e6310bfddac69840146004150d81460ab3433034b849be444e3dc5b7e3');
INSERT INTO public.audit_entry OVERRIDING SYSTEM VALUE VALUES (14, 1795435200000, '{"type":"entry","v":1,"n":null,"hash":null,"at":"2026-11-23T12:00:00.000Z","action":"request.settled","actor":{"kind":"person","slack":{"commitment":"d391332e80a3df666753ef52e4d9861e1298a6ae77fab756280f12f41c751110","value":"U0ALICE","salt":"6d49d624a13a4b2aa4735ea9c888bd10"},"github":{"commitment":"f963ebf9de27173bd17e37c232ac84454e6f4d08ae702fd12d891d2ad51d6886","value":"1004","salt":"246ff1e92e2c13fcc908bac048896d6c"},"login":{"commitment":"a107dfe320c9ad2d8fc435c55f24ccb5c0ba0b4a6df50980e9c2d6667e1439b1","value":"alice","salt":"6bce7793992e107a7f336d0c478e02db"}},"subject":{"organization":1008,"request":1016,"grant":null,"token":1015,"key":"r-fvs396"},"result":"approved","policies":[],"fields":[{"name":"revision","value":"214fffecf7444912f0f3930147e9d3f3"}]}', 14, 'a854cf30a73549678897bb9040f5446625581ae74899f783545de4fd6e5d9752');
INSERT INTO public.audit_entry OVERRIDING SYSTEM VALUE VALUES (15, 1795435200000, '{"type":"entry","v":1,"n":null,"hash":null,"at":"2026-11-23T12:00:00.000Z","action":"request.told","actor":{"kind":"github_user","github":{"commitment":"41546e58aec120a49aa087b180486cdf5b2808ba9bf18abb2173d01871cd5ff8","value":"1001","salt":"45b1512389a8da844532aec1400b6139"},"login":{"commitment":"686dcebe61b9f4c13eecffdd94adbe892c47250fd7b05d4e2ed5864c28778226","value":"countersign[bot]","salt":"eaa1647d7f09acc41e3d0efe1ae2eb73"}},"subject":{"organization":1008,"request":1016,"grant":null,"token":1015,"key":null},"result":"done","policies":[],"fields":[{"name":"event","value":"approved"},{"name":"requester","value":{"commitment":"be0b24799ef8ab73aff710ee9d10eb3662d6d4861316f0803ced63b82c62d76e","value":"octocat","salt":"501fda730b872c5e23248bb6fd9e581f"}}]}', 15, 'db51a34c0960c143ad3c6d99ff20ef9f251705fc27018af8a38461f17907ead9');


--
-- Data for Name: audit_seal; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.audit_seal VALUES (1, 1, '{"type":"seal","v":1,"batch":1,"first":1,"last":1,"previous":"0000000000000000000000000000000000000000000000000000000000000000","head":"d0a7dc843cf9eb63e44579bdf8d76636b9d5f2f97353ee4a729b6b90d0029034","sealed_at":"2026-11-23T12:00:00.000Z","mac":"01256fa40f219bec3672bfc54a7167819a62f828d8ce9759231367477908eafa"}');
INSERT INTO public.audit_seal VALUES (2, 2, '{"type":"seal","v":1,"batch":2,"first":2,"last":2,"previous":"d0a7dc843cf9eb63e44579bdf8d76636b9d5f2f97353ee4a729b6b90d0029034","head":"31a36a32ee90538b25f7ec729f75fdb3599a9835b4bb7cbcb77a7d901f3e8441","sealed_at":"2026-11-23T12:00:00.000Z","mac":"073b262932dc7c59a574e53f5a030faf6046b03409abbad1544fafb534f6c7fb"}');
INSERT INTO public.audit_seal VALUES (3, 15, '{"type":"seal","v":1,"batch":3,"first":3,"last":15,"previous":"31a36a32ee90538b25f7ec729f75fdb3599a9835b4bb7cbcb77a7d901f3e8441","head":"db51a34c0960c143ad3c6d99ff20ef9f251705fc27018af8a38461f17907ead9","sealed_at":"2026-11-23T12:00:02.000Z","mac":"8a440485cc8d158132d940dafcf75599a87d0ab16494fb7bc87ab6e043464cec"}');


--
-- Data for Name: card; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.card VALUES ('r-rp8kbg', 'C0APPROVALS', '1795435200.000001', 'fbea6907820689d2ea3f53f34b761ca9');
INSERT INTO public.card VALUES ('r-fvs396', 'C0APPROVALS', '1795435200.000007', '1c32e38ec7666b84b5dc8e2010b7241f');


--
-- Data for Name: collection; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.collection VALUES ('c-left1', 'C0APPROVALS', 'one_person', 'octocat', 1795435200000);


--
-- Data for Name: delivery; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.delivery VALUES ('b6f2e2a3-3152-4e90-91a8-a162e65a8503', 1795435200000);
INSERT INTO public.delivery VALUES ('e4fb4e09-2888-43b1-825c-ca19bf125e9a', 1795435200000);
INSERT INTO public.delivery VALUES ('626e1a21-8753-44dd-8afe-588192c23aee', 1795435200000);


--
-- Data for Name: installation; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.installation VALUES (1012, 1008, 'acme', 'active', 1795435200000);


--
-- Data for Name: job; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.job OVERRIDING SYSTEM VALUE VALUES (34, 'tell_outcome', 'r-fvs396', '', 1795435200000, 1795435200000, 0, 1, NULL, NULL, NULL, NULL);
INSERT INTO public.job OVERRIDING SYSTEM VALUE VALUES (20, 'answer', '1', '{"to":"U0BOB","channel":"C0APPROVALS","response_url":null,"words":"left behind by version 0.1","link":null}', 1795435200000, 1795435200000, 0, 1, NULL, NULL, NULL, NULL);
INSERT INTO public.job OVERRIDING SYSTEM VALUE VALUES (21, 'card', 'r-rp8kbg', '', 1795435200000, 1795435200000, 0, 1, NULL, NULL, NULL, NULL);
INSERT INTO public.job OVERRIDING SYSTEM VALUE VALUES (22, 'check', 'r-rp8kbg', '', 1795435200000, 1795435200000, 0, 1, NULL, NULL, NULL, NULL);
INSERT INTO public.job OVERRIDING SYSTEM VALUE VALUES (23, 'deliveries', 'all', '', 1795435200000, 1795435200000, 0, 1, NULL, NULL, NULL, NULL);
INSERT INTO public.job OVERRIDING SYSTEM VALUE VALUES (3, 'discover', 'all', '', 1795435200000, 1795435200000, 0, 2, NULL, NULL, NULL, NULL);
INSERT INTO public.job OVERRIDING SYSTEM VALUE VALUES (25, 'enrich', 'r-rp8kbg', '', 1795435200000, 1795435200000, 0, 1, NULL, NULL, NULL, NULL);
INSERT INTO public.job OVERRIDING SYSTEM VALUE VALUES (26, 'installation', '1012', '', 1795435200000, 1795435200000, 0, 1, NULL, NULL, NULL, NULL);
INSERT INTO public.job OVERRIDING SYSTEM VALUE VALUES (27, 'judge', 'r-fvs396 1', '{"by":"U0BOB","wish":{"deny":{"reason":"too late"}},"key":"r-fvs396","revision":"of-another-time","clicked_at":1795435200000,"channel":"C0APPROVALS","response_url":null}', 1795435200000, 1795435200000, 0, 1, NULL, NULL, NULL, NULL);
INSERT INTO public.job OVERRIDING SYSTEM VALUE VALUES (28, 'notify', 'blocked r-fvs396', '{"words":"The decision on r-fvs396 can''t reach GitHub: left behind by version 0.1. It is kept and tried again.","lasting":"blocked r-fvs396","is_over":false}', 1795435200000, 1795435200000, 0, 1, NULL, NULL, NULL, NULL);
INSERT INTO public.job OVERRIDING SYSTEM VALUE VALUES (29, 'reconcile', '1012', '', 1795435200000, 1795435200000, 0, 1, NULL, NULL, NULL, NULL);
INSERT INTO public.job OVERRIDING SYSTEM VALUE VALUES (30, 'reply', 'r-fvs396', '', 1795435200000, 1795435200000, 0, 1, NULL, NULL, NULL, NULL);
INSERT INTO public.job OVERRIDING SYSTEM VALUE VALUES (31, 'retire', 'r-fvs396 C0APPROVALS 1000.000001', 'moved', 1795435200000, 1795435200000, 0, 1, NULL, NULL, NULL, NULL);
INSERT INTO public.job OVERRIDING SYSTEM VALUE VALUES (32, 'review', 'r-fvs396', '', 1795435200000, 1795435200000, 0, 1, NULL, NULL, NULL, NULL);
INSERT INTO public.job OVERRIDING SYSTEM VALUE VALUES (33, 'tell_arrival', 'r-rp8kbg', '', 1795435200000, 1795435200000, 0, 1, NULL, NULL, NULL, NULL);


--
-- Data for Name: lasting; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.lasting VALUES ('channel C0GONE', 'left behind by version 0.1', 1795435200000);


--
-- Data for Name: link; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.link VALUES ('octocat', 1003, 'U0OCTOCAT', 1795435200000);
INSERT INTO public.link VALUES ('alice', 1004, 'U0ALICE', 1795435200000);


--
-- Data for Name: posting; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.posting VALUES ('r-left1', 'C0APPROVALS', 1795431600000);


--
-- Data for Name: program; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.program VALUES (1, 1, 0);


--
-- Data for Name: progress; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.progress VALUES ('deliveries', 1000000);


--
-- Data for Name: reconciliation; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.reconciliation VALUES (1008, 1795435200000, 1795435200000);


--
-- Data for Name: request; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.request VALUES (1008, 1014, 'r-rp8kbg', 2, 1013, 1003, 'pending', 1795435200000, '{"format":1,"installation":1012,"received_at":1795435200000,"is_unasked":false,"facts":{"requester":{"id":1003,"login":"octocat"},"organization":"acme","permissions":[["repository","contents","write"],["repository","metadata","read"]],"repositories":{"subset":{"listed":[{"id":1009,"name":"acme/payments-api","private":true},{"id":1010,"name":"acme/payments-web","private":true}],"count":2}},"expiry":{"at":1803211200000},"token":1013,"token_name":"deploy-bot","justification":"Release bot needs to push tags","created_at":1795435200000},"enrichment":"complete","state":{"pending":{"votes":[],"note":null,"sent":null}}}');
INSERT INTO public.request VALUES (1008, 1016, 'r-fvs396', 6, 1015, 1003, 'settled', 1795435200000, '{"format":1,"installation":1012,"received_at":1795435200000,"is_unasked":false,"facts":{"requester":{"id":1003,"login":"octocat"},"organization":"acme","permissions":[["repository","contents","write"],["repository","metadata","read"]],"repositories":{"subset":{"listed":[{"id":1009,"name":"acme/payments-api","private":true},{"id":1010,"name":"acme/payments-web","private":true}],"count":2}},"expiry":{"at":1803211200000},"token":1015,"token_name":"laptop","justification":"Release bot needs to push tags","created_at":1795435200000},"enrichment":"complete","state":{"settled":{"outcome":"approved","by":{"person":{"slack":"U0ALICE","github":1004,"login":"alice"}},"at":1795435200000,"reason":null,"evidence":"told","sent":null,"contradicted":null}}}');
INSERT INTO public.request VALUES (4242, 1, 'r-left1', 1, NULL, 1001, 'pending', 1795435200000, '{"format":1,"installation":null,"received_at":1795435200000,"is_unasked":false,"facts":{"requester":{"id":1001,"login":"octocat"},"organization":"octo-org","permissions":[["organization","members","read"],["repository","contents","write"],["other","gists","admin"],["later","qubits","entangle"]],"repositories":"all","expiry":{"at":1795435200000},"token":null,"token_name":null,"justification":null,"created_at":null},"enrichment":"complete","state":{"pending":{"votes":[{"slack":"U0ALICE","github":1002,"login":"alice","verdict":"approve","comment":"for the release only","at":1795435200000}],"note":null,"sent":null}}}');
INSERT INTO public.request VALUES (4242, 2, 'r-left2', 1, 2, 1001, 'pending', 1795435200000, '{"format":1,"installation":null,"received_at":1795435200000,"is_unasked":true,"facts":{"requester":{"id":1001,"login":"octocat"},"organization":"octo-org","permissions":[["organization","members","read"],["repository","contents","write"],["other","gists","admin"],["later","qubits","entangle"]],"repositories":{"subset":{"listed":[{"id":1,"name":"octo-org/website","private":null}],"count":12}},"expiry":"unknown","token":2,"token_name":"deploy-bot","justification":null,"created_at":1795435200000},"enrichment":"missing","state":{"pending":{"votes":[{"slack":"U0ALICE","github":1002,"login":"alice","verdict":"approve","comment":"for the release only","at":1795435200000}],"note":"content_changed","sent":{"by":{"slack":"U0ALICE","github":1002,"login":"alice","verdict":"approve","comment":"for the release only","at":1795435200000},"reason":"for the release only"}}}}');
INSERT INTO public.request VALUES (4242, 3, 'r-left3', 1, NULL, 1001, 'pending', 1795435200000, '{"format":1,"installation":null,"received_at":1795435200000,"is_unasked":false,"facts":{"requester":{"id":1001,"login":"octocat"},"organization":"octo-org","permissions":[["organization","members","read"],["repository","contents","write"],["other","gists","admin"],["later","qubits","entangle"]],"repositories":{"unknown":"by_topic"},"expiry":"never","token":null,"token_name":null,"justification":"\"quoted\" ‮and\nturned\u0000","created_at":null},"enrichment":"waiting","state":{"pending":{"votes":[{"slack":"U0ALICE","github":1002,"login":"alice","verdict":"approve","comment":"for the release only","at":1795435200000}],"note":{"refused_by_github":{"status":422,"words":"Unprocessable","times":2,"looked_again":true}},"sent":{"by":{"slack":"U0ALICE","github":1002,"login":"alice","verdict":"approve","comment":"for the release only","at":1795435200000},"reason":"for the release only"}}}}');
INSERT INTO public.request VALUES (4242, 4, 'r-left4', 1, 4, 1001, 'pending', 1795435200000, '{"format":1,"installation":null,"received_at":1795435200000,"is_unasked":true,"facts":{"requester":{"id":1001,"login":"octocat"},"organization":"octo-org","permissions":[["organization","members","read"],["repository","contents","write"],["other","gists","admin"],["later","qubits","entangle"]],"repositories":"none","expiry":{"at":1795435200000},"token":4,"token_name":"deploy-bot","justification":null,"created_at":1795435200000},"enrichment":"complete","state":{"pending":{"votes":[{"slack":"U0ALICE","github":1002,"login":"alice","verdict":"approve","comment":"for the release only","at":1795435200000}],"note":{"right_lapsed":{"login":"alice"}},"sent":{"by":{"slack":"U0ALICE","github":1002,"login":"alice","verdict":"approve","comment":"for the release only","at":1795435200000},"reason":"for the release only"}}}}');
INSERT INTO public.request VALUES (4242, 5, 'r-left5', 1, NULL, 1001, 'pending', 1795435200000, '{"format":1,"installation":null,"received_at":1795435200000,"is_unasked":false,"facts":{"requester":{"id":1001,"login":"octocat"},"organization":"octo-org","permissions":[["organization","members","read"],["repository","contents","write"],["other","gists","admin"],["later","qubits","entangle"]],"repositories":"all","expiry":"unknown","token":null,"token_name":null,"justification":null,"created_at":null},"enrichment":"missing","state":{"pending":{"votes":[{"slack":"U0ALICE","github":1002,"login":"alice","verdict":"approve","comment":"for the release only","at":1795435200000}],"note":{"withdrawn":{"login":"alice"}},"sent":{"by":{"slack":"U0ALICE","github":1002,"login":"alice","verdict":"approve","comment":"for the release only","at":1795435200000},"reason":"for the release only"}}}}');
INSERT INTO public.request VALUES (4242, 6, 'r-left6', 1, 6, 1001, 'pending', 1795435200000, '{"format":1,"installation":null,"received_at":1795435200000,"is_unasked":true,"facts":{"requester":{"id":1001,"login":"octocat"},"organization":"octo-org","permissions":[["organization","members","read"],["repository","contents","write"],["other","gists","admin"],["later","qubits","entangle"]],"repositories":{"subset":{"listed":[{"id":1,"name":"octo-org/website","private":null}],"count":12}},"expiry":"never","token":6,"token_name":"deploy-bot","justification":"\"quoted\" ‮and\nturned\u0000","created_at":1795435200000},"enrichment":"waiting","state":{"pending":{"votes":[{"slack":"U0ALICE","github":1002,"login":"alice","verdict":"approve","comment":"for the release only","at":1795435200000}],"note":{"not_listed":{"since":1795435200000}},"sent":{"by":{"slack":"U0ALICE","github":1002,"login":"alice","verdict":"approve","comment":"for the release only","at":1795435200000},"reason":"for the release only"}}}}');
INSERT INTO public.request VALUES (4242, 7, 'r-left7', 1, NULL, 1001, 'pending', 1795435200000, '{"format":1,"installation":null,"received_at":1795435200000,"is_unasked":false,"facts":{"requester":{"id":1001,"login":"octocat"},"organization":"octo-org","permissions":[["organization","members","read"],["repository","contents","write"],["other","gists","admin"],["later","qubits","entangle"]],"repositories":{"unknown":"by_topic"},"expiry":{"at":1795435200000},"token":null,"token_name":null,"justification":null,"created_at":null},"enrichment":"complete","state":{"pending":{"votes":[{"slack":"U0ALICE","github":1002,"login":"alice","verdict":"approve","comment":"for the release only","at":1795435200000}],"note":{"paused":{"cause":"the App is suspended"}},"sent":{"by":{"slack":"U0ALICE","github":1002,"login":"alice","verdict":"approve","comment":"for the release only","at":1795435200000},"reason":"for the release only"}}}}');
INSERT INTO public.request VALUES (4242, 8, 'r-left8', 1, 8, 1001, 'deciding', 1795435200000, '{"format":1,"installation":null,"received_at":1795435200000,"is_unasked":true,"facts":{"requester":{"id":1001,"login":"octocat"},"organization":"octo-org","permissions":[["organization","members","read"],["repository","contents","write"],["other","gists","admin"],["later","qubits","entangle"]],"repositories":"none","expiry":"unknown","token":8,"token_name":"deploy-bot","justification":null,"created_at":1795435200000},"enrichment":"missing","state":{"deciding":{"verdict":"approve","by":{"slack":"U0ALICE","github":1002,"login":"alice","verdict":"approve","comment":"for the release only","at":1795435200000},"others":[{"slack":"U0ALICE","github":1002,"login":"alice","verdict":"approve","comment":"for the release only","at":1795435200000}],"reason":"not this way","judged_at":1795435200000,"attempts":[{"at":1795435200000,"deadline":1795435200000,"answer":null},{"at":1795435200000,"deadline":1795435200000,"answer":"confirmed"},{"at":1795435200000,"deadline":1795435200000,"answer":{"refused":{"status":422,"words":"Resource not accessible by integration"}}},{"at":1795435200000,"deadline":1795435200000,"answer":{"not_taken":{"status":403,"words":"Resource not accessible by integration","until":1795435200000}}},{"at":1795435200000,"deadline":1795435200000,"answer":"still_listed"},{"at":1795435200000,"deadline":1795435200000,"answer":{"unclear":{"cause":"the connection was lost"}}}],"made":7,"absent_since":1795435200000,"blocked":{"since":1795435200000,"cause":"Resource not accessible by integration"},"slow_since":1795435200000,"slow_cause":"silence","refused_before":{"status":422,"words":"Unprocessable","times":1,"looked_again":false},"sent_before":{"by":{"slack":"U0ALICE","github":1002,"login":"alice","verdict":"approve","comment":"for the release only","at":1795435200000},"reason":"for the release only"}}}}');
INSERT INTO public.request VALUES (4242, 9, 'r-left9', 1, NULL, 1001, 'deciding', 1795435200000, '{"format":1,"installation":null,"received_at":1795435200000,"is_unasked":false,"facts":{"requester":{"id":1001,"login":"octocat"},"organization":"octo-org","permissions":[["organization","members","read"],["repository","contents","write"],["other","gists","admin"],["later","qubits","entangle"]],"repositories":"all","expiry":"never","token":null,"token_name":null,"justification":"\"quoted\" ‮and\nturned\u0000","created_at":null},"enrichment":"waiting","state":{"deciding":{"verdict":"approve","by":{"slack":"U0ALICE","github":1002,"login":"alice","verdict":"approve","comment":"for the release only","at":1795435200000},"others":[{"slack":"U0ALICE","github":1002,"login":"alice","verdict":"approve","comment":"for the release only","at":1795435200000}],"reason":"not this way","judged_at":1795435200000,"attempts":[{"at":1795435200000,"deadline":1795435200000,"answer":null},{"at":1795435200000,"deadline":1795435200000,"answer":"confirmed"},{"at":1795435200000,"deadline":1795435200000,"answer":{"refused":{"status":422,"words":"Resource not accessible by integration"}}},{"at":1795435200000,"deadline":1795435200000,"answer":{"not_taken":{"status":403,"words":"Resource not accessible by integration","until":1795435200000}}},{"at":1795435200000,"deadline":1795435200000,"answer":"still_listed"},{"at":1795435200000,"deadline":1795435200000,"answer":{"unclear":{"cause":"the connection was lost"}}}],"made":7,"absent_since":1795435200000,"blocked":{"since":1795435200000,"cause":"Resource not accessible by integration"},"slow_since":1795435200000,"slow_cause":"limit","refused_before":{"status":422,"words":"Unprocessable","times":1,"looked_again":false},"sent_before":{"by":{"slack":"U0ALICE","github":1002,"login":"alice","verdict":"approve","comment":"for the release only","at":1795435200000},"reason":"for the release only"}}}}');
INSERT INTO public.request VALUES (4242, 10, 'r-left10', 1, 10, 1001, 'deciding', 1795435200000, '{"format":1,"installation":null,"received_at":1795435200000,"is_unasked":true,"facts":{"requester":{"id":1001,"login":"octocat"},"organization":"octo-org","permissions":[["organization","members","read"],["repository","contents","write"],["other","gists","admin"],["later","qubits","entangle"]],"repositories":{"subset":{"listed":[{"id":1,"name":"octo-org/website","private":null}],"count":12}},"expiry":{"at":1795435200000},"token":10,"token_name":"deploy-bot","justification":null,"created_at":1795435200000},"enrichment":"complete","state":{"deciding":{"verdict":"approve","by":{"slack":"U0ALICE","github":1002,"login":"alice","verdict":"approve","comment":"for the release only","at":1795435200000},"others":[{"slack":"U0ALICE","github":1002,"login":"alice","verdict":"approve","comment":"for the release only","at":1795435200000}],"reason":"not this way","judged_at":1795435200000,"attempts":[{"at":1795435200000,"deadline":1795435200000,"answer":null},{"at":1795435200000,"deadline":1795435200000,"answer":"confirmed"},{"at":1795435200000,"deadline":1795435200000,"answer":{"refused":{"status":422,"words":"Resource not accessible by integration"}}},{"at":1795435200000,"deadline":1795435200000,"answer":{"not_taken":{"status":403,"words":"Resource not accessible by integration","until":1795435200000}}},{"at":1795435200000,"deadline":1795435200000,"answer":"still_listed"},{"at":1795435200000,"deadline":1795435200000,"answer":{"unclear":{"cause":"the connection was lost"}}}],"made":7,"absent_since":1795435200000,"blocked":{"since":1795435200000,"cause":"Resource not accessible by integration"},"slow_since":1795435200000,"slow_cause":"unlisted","refused_before":{"status":422,"words":"Unprocessable","times":1,"looked_again":false},"sent_before":{"by":{"slack":"U0ALICE","github":1002,"login":"alice","verdict":"approve","comment":"for the release only","at":1795435200000},"reason":"for the release only"}}}}');
INSERT INTO public.request VALUES (4242, 11, 'r-left11', 1, NULL, 1001, 'deciding', 1795435200000, '{"format":1,"installation":null,"received_at":1795435200000,"is_unasked":false,"facts":{"requester":{"id":1001,"login":"octocat"},"organization":"octo-org","permissions":[["organization","members","read"],["repository","contents","write"],["other","gists","admin"],["later","qubits","entangle"]],"repositories":{"unknown":"by_topic"},"expiry":"unknown","token":null,"token_name":null,"justification":null,"created_at":null},"enrichment":"missing","state":{"deciding":{"verdict":"approve","by":{"slack":"U0ALICE","github":1002,"login":"alice","verdict":"approve","comment":"for the release only","at":1795435200000},"others":[{"slack":"U0ALICE","github":1002,"login":"alice","verdict":"approve","comment":"for the release only","at":1795435200000}],"reason":"not this way","judged_at":1795435200000,"attempts":[{"at":1795435200000,"deadline":1795435200000,"answer":null},{"at":1795435200000,"deadline":1795435200000,"answer":"confirmed"},{"at":1795435200000,"deadline":1795435200000,"answer":{"refused":{"status":422,"words":"Resource not accessible by integration"}}},{"at":1795435200000,"deadline":1795435200000,"answer":{"not_taken":{"status":403,"words":"Resource not accessible by integration","until":1795435200000}}},{"at":1795435200000,"deadline":1795435200000,"answer":"still_listed"},{"at":1795435200000,"deadline":1795435200000,"answer":{"unclear":{"cause":"the connection was lost"}}}],"made":7,"absent_since":1795435200000,"blocked":{"since":1795435200000,"cause":"Resource not accessible by integration"},"slow_since":1795435200000,"slow_cause":"doubt","refused_before":{"status":422,"words":"Unprocessable","times":1,"looked_again":false},"sent_before":{"by":{"slack":"U0ALICE","github":1002,"login":"alice","verdict":"approve","comment":"for the release only","at":1795435200000},"reason":"for the release only"}}}}');
INSERT INTO public.request VALUES (4242, 12, 'r-left12', 1, 12, 1001, 'deciding', 1795435200000, '{"format":1,"installation":null,"received_at":1795435200000,"is_unasked":true,"facts":{"requester":{"id":1001,"login":"octocat"},"organization":"octo-org","permissions":[["organization","members","read"],["repository","contents","write"],["other","gists","admin"],["later","qubits","entangle"]],"repositories":"none","expiry":"never","token":12,"token_name":"deploy-bot","justification":"\"quoted\" ‮and\nturned\u0000","created_at":1795435200000},"enrichment":"waiting","state":{"deciding":{"verdict":"approve","by":{"slack":"U0ALICE","github":1002,"login":"alice","verdict":"approve","comment":"for the release only","at":1795435200000},"others":[{"slack":"U0ALICE","github":1002,"login":"alice","verdict":"approve","comment":"for the release only","at":1795435200000}],"reason":"not this way","judged_at":1795435200000,"attempts":[{"at":1795435200000,"deadline":1795435200000,"answer":null},{"at":1795435200000,"deadline":1795435200000,"answer":"confirmed"},{"at":1795435200000,"deadline":1795435200000,"answer":{"refused":{"status":422,"words":"Resource not accessible by integration"}}},{"at":1795435200000,"deadline":1795435200000,"answer":{"not_taken":{"status":403,"words":"Resource not accessible by integration","until":1795435200000}}},{"at":1795435200000,"deadline":1795435200000,"answer":"still_listed"},{"at":1795435200000,"deadline":1795435200000,"answer":{"unclear":{"cause":"the connection was lost"}}}],"made":7,"absent_since":1795435200000,"blocked":{"since":1795435200000,"cause":"Resource not accessible by integration"},"slow_since":1795435200000,"slow_cause":"other","refused_before":{"status":422,"words":"Unprocessable","times":1,"looked_again":false},"sent_before":{"by":{"slack":"U0ALICE","github":1002,"login":"alice","verdict":"approve","comment":"for the release only","at":1795435200000},"reason":"for the release only"}}}}');
INSERT INTO public.request VALUES (4242, 13, 'r-left13', 1, NULL, 1001, 'deciding', 1795435200000, '{"format":1,"installation":null,"received_at":1795435200000,"is_unasked":false,"facts":{"requester":{"id":1001,"login":"octocat"},"organization":"octo-org","permissions":[["organization","members","read"],["repository","contents","write"],["other","gists","admin"],["later","qubits","entangle"]],"repositories":"all","expiry":{"at":1795435200000},"token":null,"token_name":null,"justification":null,"created_at":null},"enrichment":"complete","state":{"deciding":{"verdict":"deny","by":{"slack":"U0ALICE","github":1002,"login":"alice","verdict":"deny","comment":"for the release only","at":1795435200000},"others":[{"slack":"U0ALICE","github":1002,"login":"alice","verdict":"approve","comment":"for the release only","at":1795435200000}],"reason":"not this way","judged_at":1795435200000,"attempts":[{"at":1795435200000,"deadline":1795435200000,"answer":null},{"at":1795435200000,"deadline":1795435200000,"answer":"confirmed"},{"at":1795435200000,"deadline":1795435200000,"answer":{"refused":{"status":422,"words":"Resource not accessible by integration"}}},{"at":1795435200000,"deadline":1795435200000,"answer":{"not_taken":{"status":403,"words":"Resource not accessible by integration","until":1795435200000}}},{"at":1795435200000,"deadline":1795435200000,"answer":"still_listed"},{"at":1795435200000,"deadline":1795435200000,"answer":{"unclear":{"cause":"the connection was lost"}}}],"made":7,"absent_since":1795435200000,"blocked":{"since":1795435200000,"cause":"Resource not accessible by integration"},"slow_since":null,"slow_cause":null,"refused_before":{"status":422,"words":"Unprocessable","times":1,"looked_again":false},"sent_before":{"by":{"slack":"U0ALICE","github":1002,"login":"alice","verdict":"approve","comment":"for the release only","at":1795435200000},"reason":"for the release only"}}}}');
INSERT INTO public.request VALUES (4242, 14, 'r-left14', 1, 14, 1001, 'settled', 1795435200000, '{"format":1,"installation":null,"received_at":1795435200000,"is_unasked":true,"facts":{"requester":{"id":1001,"login":"octocat"},"organization":"octo-org","permissions":[["organization","members","read"],["repository","contents","write"],["other","gists","admin"],["later","qubits","entangle"]],"repositories":{"subset":{"listed":[{"id":1,"name":"octo-org/website","private":null}],"count":12}},"expiry":"unknown","token":14,"token_name":"deploy-bot","justification":null,"created_at":1795435200000},"enrichment":"missing","state":{"settled":{"outcome":"approved","by":{"person":{"slack":"U0ALICE","github":1002,"login":"alice"}},"at":1795435200000,"reason":"not this way","evidence":"answered","sent":{"by":{"slack":"U0ALICE","github":1002,"login":"alice","verdict":"approve","comment":"for the release only","at":1795435200000},"reason":"for the release only"},"contradicted":{"outcome":"approved","by":{"github_user":{"id":7,"login":"monalisa"}}}}}}');
INSERT INTO public.request VALUES (4242, 15, 'r-left15', 1, NULL, 1001, 'settled', 1795435200000, '{"format":1,"installation":null,"received_at":1795435200000,"is_unasked":false,"facts":{"requester":{"id":1001,"login":"octocat"},"organization":"octo-org","permissions":[["organization","members","read"],["repository","contents","write"],["other","gists","admin"],["later","qubits","entangle"]],"repositories":{"unknown":"by_topic"},"expiry":"never","token":null,"token_name":null,"justification":"\"quoted\" ‮and\nturned\u0000","created_at":null},"enrichment":"waiting","state":{"settled":{"outcome":"denied","by":{"github_user":{"id":7,"login":"monalisa"}},"at":1795435200000,"reason":"not this way","evidence":"told","sent":{"by":{"slack":"U0ALICE","github":1002,"login":"alice","verdict":"approve","comment":"for the release only","at":1795435200000},"reason":"for the release only"},"contradicted":{"outcome":"approved","by":{"github_user":{"id":7,"login":"monalisa"}}}}}}');
INSERT INTO public.request VALUES (4242, 16, 'r-left16', 1, 16, 1001, 'settled', 1795435200000, '{"format":1,"installation":null,"received_at":1795435200000,"is_unasked":true,"facts":{"requester":{"id":1001,"login":"octocat"},"organization":"octo-org","permissions":[["organization","members","read"],["repository","contents","write"],["other","gists","admin"],["later","qubits","entangle"]],"repositories":"none","expiry":{"at":1795435200000},"token":16,"token_name":"deploy-bot","justification":null,"created_at":1795435200000},"enrichment":"complete","state":{"settled":{"outcome":"cancelled","by":"requester","at":1795435200000,"reason":"not this way","evidence":"told","sent":{"by":{"slack":"U0ALICE","github":1002,"login":"alice","verdict":"approve","comment":"for the release only","at":1795435200000},"reason":"for the release only"},"contradicted":{"outcome":"approved","by":{"github_user":{"id":7,"login":"monalisa"}}}}}}');
INSERT INTO public.request VALUES (4242, 17, 'r-left17', 1, NULL, 1001, 'settled', 1795435200000, '{"format":1,"installation":null,"received_at":1795435200000,"is_unasked":false,"facts":{"requester":{"id":1001,"login":"octocat"},"organization":"octo-org","permissions":[["organization","members","read"],["repository","contents","write"],["other","gists","admin"],["later","qubits","entangle"]],"repositories":"all","expiry":"unknown","token":null,"token_name":null,"justification":null,"created_at":null},"enrichment":"missing","state":{"settled":{"outcome":"superseded","by":"unknown","at":1795435200000,"reason":"not this way","evidence":"concluded","sent":{"by":{"slack":"U0ALICE","github":1002,"login":"alice","verdict":"approve","comment":"for the release only","at":1795435200000},"reason":"for the release only"},"contradicted":{"outcome":"approved","by":{"github_user":{"id":7,"login":"monalisa"}}}}}}');
INSERT INTO public.request VALUES (4242, 18, 'r-left18', 1, 18, 1001, 'settled', 1795435200000, '{"format":1,"installation":null,"received_at":1795435200000,"is_unasked":true,"facts":{"requester":{"id":1001,"login":"octocat"},"organization":"octo-org","permissions":[["organization","members","read"],["repository","contents","write"],["other","gists","admin"],["later","qubits","entangle"]],"repositories":{"subset":{"listed":[{"id":1,"name":"octo-org/website","private":null}],"count":12}},"expiry":"never","token":18,"token_name":"deploy-bot","justification":"\"quoted\" ‮and\nturned\u0000","created_at":1795435200000},"enrichment":"waiting","state":{"settled":{"outcome":"gone","by":"unknown","at":1795435200000,"reason":"not this way","evidence":"concluded","sent":{"by":{"slack":"U0ALICE","github":1002,"login":"alice","verdict":"approve","comment":"for the release only","at":1795435200000},"reason":"for the release only"},"contradicted":{"outcome":"approved","by":{"github_user":{"id":7,"login":"monalisa"}}}}}}');


--
-- Data for Name: showing; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.showing VALUES ('r-rp8kbg', 'C0APPROVALS', NULL, 1795435200000);
INSERT INTO public.showing VALUES ('r-fvs396', 'C0APPROVALS', NULL, 1795435200000);
INSERT INTO public.showing VALUES ('r-left1', 'C0APPROVALS', 'c-left1', 1795435200000);
INSERT INTO public.showing VALUES ('r-left10', 'C0APPROVALS', 'c-left1', 1795435200000);
INSERT INTO public.showing VALUES ('r-left11', 'C0APPROVALS', 'c-left1', 1795435200000);
INSERT INTO public.showing VALUES ('r-left12', 'C0APPROVALS', 'c-left1', 1795435200000);
INSERT INTO public.showing VALUES ('r-left13', 'C0APPROVALS', 'c-left1', 1795435200000);
INSERT INTO public.showing VALUES ('r-left14', 'C0APPROVALS', 'c-left1', 1795435200000);
INSERT INTO public.showing VALUES ('r-left15', 'C0APPROVALS', 'c-left1', 1795435200000);
INSERT INTO public.showing VALUES ('r-left16', 'C0APPROVALS', 'c-left1', 1795435200000);
INSERT INTO public.showing VALUES ('r-left17', 'C0APPROVALS', 'c-left1', 1795435200000);
INSERT INTO public.showing VALUES ('r-left18', 'C0APPROVALS', 'c-left1', 1795435200000);
INSERT INTO public.showing VALUES ('r-left2', 'C0APPROVALS', 'c-left1', 1795435200000);
INSERT INTO public.showing VALUES ('r-left3', 'C0APPROVALS', 'c-left1', 1795435200000);
INSERT INTO public.showing VALUES ('r-left4', 'C0APPROVALS', 'c-left1', 1795435200000);
INSERT INTO public.showing VALUES ('r-left5', 'C0APPROVALS', 'c-left1', 1795435200000);
INSERT INTO public.showing VALUES ('r-left6', 'C0APPROVALS', 'c-left1', 1795435200000);
INSERT INTO public.showing VALUES ('r-left7', 'C0APPROVALS', 'c-left1', 1795435200000);
INSERT INTO public.showing VALUES ('r-left8', 'C0APPROVALS', 'c-left1', 1795435200000);
INSERT INTO public.showing VALUES ('r-left9', 'C0APPROVALS', 'c-left1', 1795435200000);


--
-- Data for Name: slack_installation; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.slack_installation VALUES (1, 'A0COUNTER', 'T0ACME', NULL, false, 1795435200000);


--
-- Data for Name: turn; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.turn VALUES (1008, 'd2367f800c648da3-38-16', 1795435200000, 1795435201000);


--
-- Name: audit_entry_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.audit_entry_id_seq', 15, true);


--
-- Name: job_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.job_id_seq', 34, true);


--
-- Name: _sqlx_migrations _sqlx_migrations_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public._sqlx_migrations
    ADD CONSTRAINT _sqlx_migrations_pkey PRIMARY KEY (version);


--
-- Name: audit_entry audit_entry_n_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.audit_entry
    ADD CONSTRAINT audit_entry_n_key UNIQUE (n);


--
-- Name: audit_entry audit_entry_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.audit_entry
    ADD CONSTRAINT audit_entry_pkey PRIMARY KEY (id);


--
-- Name: audit_seal audit_seal_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.audit_seal
    ADD CONSTRAINT audit_seal_pkey PRIMARY KEY (batch);


--
-- Name: card card_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.card
    ADD CONSTRAINT card_pkey PRIMARY KEY (request_key);


--
-- Name: collection collection_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.collection
    ADD CONSTRAINT collection_pkey PRIMARY KEY (collection_key);


--
-- Name: delivery delivery_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.delivery
    ADD CONSTRAINT delivery_pkey PRIMARY KEY (id);


--
-- Name: installation installation_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.installation
    ADD CONSTRAINT installation_pkey PRIMARY KEY (id);


--
-- Name: job job_kind_subject_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.job
    ADD CONSTRAINT job_kind_subject_key UNIQUE (kind, subject);


--
-- Name: job job_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.job
    ADD CONSTRAINT job_pkey PRIMARY KEY (id);


--
-- Name: lasting lasting_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.lasting
    ADD CONSTRAINT lasting_pkey PRIMARY KEY (name);


--
-- Name: link link_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.link
    ADD CONSTRAINT link_pkey PRIMARY KEY (login);


--
-- Name: posting posting_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.posting
    ADD CONSTRAINT posting_pkey PRIMARY KEY (request_key);


--
-- Name: program program_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.program
    ADD CONSTRAINT program_pkey PRIMARY KEY (one);


--
-- Name: progress progress_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.progress
    ADD CONSTRAINT progress_pkey PRIMARY KEY (name);


--
-- Name: reconciliation reconciliation_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.reconciliation
    ADD CONSTRAINT reconciliation_pkey PRIMARY KEY (organization_id);


--
-- Name: request request_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.request
    ADD CONSTRAINT request_pkey PRIMARY KEY (organization_id, request_id);


--
-- Name: request request_request_key_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.request
    ADD CONSTRAINT request_request_key_key UNIQUE (request_key);


--
-- Name: showing showing_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.showing
    ADD CONSTRAINT showing_pkey PRIMARY KEY (request_key);


--
-- Name: slack_installation slack_installation_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.slack_installation
    ADD CONSTRAINT slack_installation_pkey PRIMARY KEY (one);


--
-- Name: turn turn_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.turn
    ADD CONSTRAINT turn_pkey PRIMARY KEY (organization_id);


--
-- Name: audit_entry_unsealed; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX audit_entry_unsealed ON public.audit_entry USING btree (id) WHERE (n IS NULL);


--
-- Name: collection_by_cause; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX collection_by_cause ON public.collection USING btree (channel_id, cause, about, made_at);


--
-- Name: delivery_by_age; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX delivery_by_age ON public.delivery USING btree (received_at);


--
-- Name: job_by_run_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX job_by_run_at ON public.job USING btree (run_at) WHERE (given_up_at IS NULL);


--
-- Name: request_by_requester; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX request_by_requester ON public.request USING btree (organization_id, requester_id, received_at);


--
-- Name: request_by_state; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX request_by_state ON public.request USING btree (state, received_at);


--
-- Name: request_by_token; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX request_by_token ON public.request USING btree (organization_id, token_id) WHERE (token_id IS NOT NULL);


--
-- Name: showing_by_channel; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX showing_by_channel ON public.showing USING btree (channel_id, since);


--
-- Name: showing_by_collection; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX showing_by_collection ON public.showing USING btree (collection_key) WHERE (collection_key IS NOT NULL);


--
-- PostgreSQL database dump complete
--

