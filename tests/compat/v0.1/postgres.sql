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
-- Data for Name: _sqlx_migrations; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public._sqlx_migrations VALUES (1, 'first release', '2026-11-23 05:37:08.230388+00', true, '\xd42bca06eea830b65a1cba50a843c4ecc9fe4f71f486af47ef7c324125ea9f41df7dc07d9b645602c563be051a389067', 16189609);
INSERT INTO public._sqlx_migrations VALUES (2, 'program', '2026-11-23 05:37:08.247351+00', true, '\x0b61e844a49eecec085e78ea5e2d5652e616a1191afb82b5500c19d281d15abcfdc610990c1c9635f76539398e7b67c5', 1732218);


--
-- Data for Name: audit_entry; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.audit_entry OVERRIDING SYSTEM VALUE VALUES (1, 1795435200000, '{"type":"entry","v":1,"n":null,"hash":null,"at":"2026-11-23T12:00:00.000Z","action":"service.started","actor":{"kind":"service"},"subject":{"organization":null,"request":null,"grant":null,"token":null,"key":null},"result":"done","policies":[],"fields":[{"name":"version","value":"0.1.0"},{"name":"policies","value":"72899b0a31431c73d650bcf1ad64e9d7b763f6aa55a76f28b952fd6953417ffc"}]}', 1, 'd0a7dc843cf9eb63e44579bdf8d76636b9d5f2f97353ee4a729b6b90d0029034');
INSERT INTO public.audit_entry OVERRIDING SYSTEM VALUE VALUES (2, 1795435200000, '{"type":"entry","v":1,"n":null,"hash":null,"at":"2026-11-23T12:00:00.000Z","action":"slack.installation_pinned","actor":{"kind":"service"},"subject":{"organization":null,"request":null,"grant":null,"token":null,"key":null},"result":"done","policies":[],"fields":[{"name":"app","value":"A0COUNTER"},{"name":"team","value":"T0ACME"},{"name":"enterprise","value":"none"}]}', 2, '31a36a32ee90538b25f7ec729f75fdb3599a9835b4bb7cbcb77a7d901f3e8441');
INSERT INTO public.audit_entry OVERRIDING SYSTEM VALUE VALUES (3, 1795435200000, '{"type":"entry","v":1,"n":null,"hash":null,"at":"2026-11-23T12:00:00.000Z","action":"request.received","actor":{"kind":"github_user","github":{"commitment":"32afdd60b5dc0bfdf30ad14f960567cef5ff7398b242b9506b9659d94c7a95d7","value":"1003","salt":"bdf0aa633b3aa0e380555bed36da5b91"},"login":{"commitment":"61b35193bf045a1a1a69b6b253e078dbcaa46646373d71b0fd32d22a413ec289","value":"octocat","salt":"822d5fe3b5885a806df699158e1cc1a4"}},"subject":{"organization":1008,"request":1014,"grant":null,"token":1013,"key":null},"result":"done","policies":[],"fields":[{"name":"event","value":"created"},{"name":"requester","value":{"commitment":"433ae7bb878747e185e728188d3daa545074039ad125f3d13651410c7cf3e6e0","value":"octocat","salt":"23dd9e1f687ddc692eb7c239c856da60"}}]}', 3, '456914a2913cb6207b0e2cb03ecc4498643ef146689babed7b9b15f2c37731e0');
INSERT INTO public.audit_entry OVERRIDING SYSTEM VALUE VALUES (14, 1795435200000, '{"type":"entry","v":1,"n":null,"hash":null,"at":"2026-11-23T12:00:00.000Z","action":"request.told","actor":{"kind":"github_user","github":{"commitment":"7468bbe26d38d35c22be901eb3af58e9d01cc460f37762d25c629cf7a7b77ff7","value":"1001","salt":"916898b51fee7fb3faa82dc1b0ec6adf"},"login":{"commitment":"cc667270afc16b1db404db97cb0ae9c56cbc9d2a24278505f6006b327e47f8db","value":"countersign[bot]","salt":"122f09741eb8c69d4b75b2e845f1b4e2"}},"subject":{"organization":1008,"request":1016,"grant":null,"token":1015,"key":null},"result":"done","policies":[],"fields":[{"name":"event","value":"approved"},{"name":"requester","value":{"commitment":"9bafffcc46152151a5c0078dfd2f9651ec86d764dc1db254cf79ed99fce623e9","value":"octocat","salt":"4d9ff2a25a902650933f14c93a422e11"}}]}', 14, 'f13afcd319a4764dcd153d35356ce0cf460afd018d385bad6037b10da9a02902');
INSERT INTO public.audit_entry OVERRIDING SYSTEM VALUE VALUES (4, 1795435200000, '{"type":"entry","v":1,"n":null,"hash":null,"at":"2026-11-23T12:00:00.000Z","action":"link.pinned","actor":{"kind":"service"},"subject":{"organization":null,"request":null,"grant":null,"token":null,"key":null},"result":"done","policies":[],"fields":[{"name":"login","value":{"commitment":"d4aa6552a62e2845ae36ee2890f52133fbe0ee8576ea2ed3da52fb232cc69d13","value":"octocat","salt":"88fe5ee1434514a3d81286543cb34b49"}},{"name":"github","value":{"commitment":"d8df26b54a8a9f9b4a6f6d2aa6044569f8886a466e399a42cf60b66a9ca2ab55","value":"1003","salt":"0ff49ab914f08f672f4fcaf224d7a730"}},{"name":"slack","value":{"commitment":"ade1f4f40949f5a3e4ce7510198790829cab7f21f86e5127d5934b9f09606813","value":"U0OCTOCAT","salt":"17e600191bc11448a0718e1da6e87542"}}]}', 4, '729fd1546441e63d81185c0e0d5b5b99a69f942c42cd549584280e1a4a7c92b1');
INSERT INTO public.audit_entry OVERRIDING SYSTEM VALUE VALUES (5, 1795435200000, '{"type":"entry","v":1,"n":null,"hash":null,"at":"2026-11-23T12:00:00.000Z","action":"request.enriched","actor":{"kind":"service"},"subject":{"organization":1008,"request":1014,"grant":null,"token":1013,"key":"r-cdbntw"},"result":"done","policies":[],"fields":[{"name":"revision","value":"214fffecf7444912f0f3930147e9d3f3"}]}', 5, '2edbcb63bc33e554a16aef821519ed3134e1fc143e6007e3f6eab18a63798e49');
INSERT INTO public.audit_entry OVERRIDING SYSTEM VALUE VALUES (6, 1795435200000, '{"type":"entry","v":1,"n":null,"hash":null,"at":"2026-11-23T12:00:00.000Z","action":"request.received","actor":{"kind":"github_user","github":{"commitment":"0348f9232894abe510471758da3c3c80d65506921a64dea6aaa06d283ba63a41","value":"1003","salt":"93a3cdc59588f809912f363bd2fe7822"},"login":{"commitment":"2ff939ea9cdab742e56105b756dce23aa7e679d932095d15cbb43c8c471b878b","value":"octocat","salt":"41f09904d817019d82e51d61250412dd"}},"subject":{"organization":1008,"request":1016,"grant":null,"token":1015,"key":null},"result":"done","policies":[],"fields":[{"name":"event","value":"created"},{"name":"requester","value":{"commitment":"e841b8fb98fede59d941b702b29ffb43ad9b66353475facefff74310a12cccd4","value":"octocat","salt":"dda1c36f1dfdaed95a45ec730f04b3d4"}}]}', 6, 'c0dc59e222b90881ea3e42df18f8cdb02f263a8fce3374af08ea5ea1552830c9');
INSERT INTO public.audit_entry OVERRIDING SYSTEM VALUE VALUES (7, 1795435200000, '{"type":"entry","v":1,"n":null,"hash":null,"at":"2026-11-23T12:00:00.000Z","action":"request.enriched","actor":{"kind":"service"},"subject":{"organization":1008,"request":1016,"grant":null,"token":1015,"key":"r-3q5mfv"},"result":"done","policies":[],"fields":[{"name":"revision","value":"214fffecf7444912f0f3930147e9d3f3"}]}', 7, '38e33ca2c3751196c33b4e23a82b7981f8a55adbabfe1b220c8a78af454554ee');
INSERT INTO public.audit_entry OVERRIDING SYSTEM VALUE VALUES (8, 1795435200000, '{"type":"entry","v":1,"n":null,"hash":null,"at":"2026-11-23T12:00:00.000Z","action":"link.pinned","actor":{"kind":"service"},"subject":{"organization":null,"request":null,"grant":null,"token":null,"key":null},"result":"done","policies":[],"fields":[{"name":"login","value":{"commitment":"ae7025a9ba61e657550e39989784446744fa03207c371c44da6ef324f7b8dc48","value":"alice","salt":"705661afa67d79570e6be9813d479deb"}},{"name":"github","value":{"commitment":"11135d92267e145d0e492caf79e665bf7038945891b8217bd51bc554a5a466ad","value":"1004","salt":"77112308ef8d1719efb400f925c4bdc2"}},{"name":"slack","value":{"commitment":"c93d49c969b2c8a2d6ec22a4121021ff7453b44df30858f84420155895bd8acb","value":"U0ALICE","salt":"b39b641934bd3e6c4e8f2381e2635dd2"}}]}', 8, '82fd8a3d5d9d0c35cc96df32a8dcb44991cf215651f981b19b77ca8c09b51ea2');
INSERT INTO public.audit_entry OVERRIDING SYSTEM VALUE VALUES (9, 1795435200000, '{"type":"entry","v":1,"n":null,"hash":null,"at":"2026-11-23T12:00:00.000Z","action":"vote.accepted","actor":{"kind":"person","slack":{"commitment":"9fa96400520f4342a18ce94122b253936164f05e9e691392e55a94cf9333a7b1","value":"U0ALICE","salt":"dc3352f89515308ab766d1bf8c8a3bdf"},"github":{"commitment":"b0b0f8cb36eddb3ccc44e226dbfee5c724b3cf2da8eabb3f89f942624f61f908","value":"1004","salt":"ab2799a665e6e20ad4be1b07e475e709"},"login":{"commitment":"db0cba70903d720dc8eabb22044964edcfa8d93f25f7d0444470b7703270edb4","value":"alice","salt":"f4e423fda60045dd30b0d688d9006a64"}},"subject":{"organization":1008,"request":1016,"grant":null,"token":1015,"key":"r-3q5mfv"},"result":"done","policies":["approvers-decide"],"fields":[{"name":"revision","value":"214fffecf7444912f0f3930147e9d3f3"},{"name":"fact.action","value":{"commitment":"8ec080724bac65e094961fbe5b257780e798631fb79f9fa91bef14f0323a045d","value":"approve","salt":"5b27e1a2acc9e5fcfa99320037fb6b60"}},{"name":"fact.isOwn","value":{"commitment":"859917a7c1b0fe3b989473378ef1134613a6a03536e94507cef0be9994c7ac19","value":"false","salt":"429269e3c4fa0d2ced29beb2747d891c"}},{"name":"fact.now","value":{"commitment":"29e457215334ce2e4d74d99187f32827f79d4a158032ff4edf1cf006f57a2490","value":"2026-11-23T12:00:00.000Z","salt":"9a885ea0d2fff654ef81be0728d4333d"}},{"name":"fact.policies","value":{"commitment":"9cc541c6a2bfa109bf502ba6afeaf1b2f353776e9de8f74a45f0ba17897d9573","value":"72899b0a31431c73d650bcf1ad64e9d7b763f6aa55a76f28b952fd6953417ffc","salt":"85f1e06dbdacb68806f8669c5aca356a"}},{"name":"fact.request.allRepositories","value":{"commitment":"71df8e99812411ade97f45fdc4732d009ad7fcc43f9fb864b0fc4c7f9c944f32","value":"false","salt":"c7234d9312347ff0973c28cd948022f9"}},{"name":"fact.request.approvers","value":{"commitment":"faf682dad85cd419cb5dbb49b8e47d7c35f9c92a70a952736f26a163227edafa","value":"approvers","salt":"74d9e498ccc830024fd6f38a0f38e363"}},{"name":"fact.request.expiresInDays","value":{"commitment":"90e24e1101278c673ef0135eb33f4bfe9de36aafe37346d423b3d10087061798","value":"90","salt":"21566486a5687f00a742655e201f13bc"}},{"name":"fact.request.hasRoute","value":{"commitment":"029eeff5c59d003c56d2265dfb03058a77e195e299d10f1e3f8765ac956ff99b","value":"true","salt":"af3276c27d1ea34e970f8adcaef9bc1e"}},{"name":"fact.request.in","value":{"commitment":"9c82d4488f2981f3b27a04c41dcd796c28d6ebb9c08dddc9ea31970296d9600d","value":"acme","salt":"37cf780cda03ef1085cc3b4fd1423ec4"}},{"name":"fact.request.level","value":{"commitment":"3a06409a3911345fbc07933168148eb3baccb217b6b7ef0aa010d1cd9a8e1067","value":"2","salt":"89dcc86444e74be8599403b24c269328"}},{"name":"fact.request.lifetimeDays","value":{"commitment":"55c760548f8f52b04f3e20a7467b817997006110614aaf9a35e6a9694e39b08d","value":"90","salt":"40937e92f07f99ebe594a4de81ddf5fd"}},{"name":"fact.request.neverExpires","value":{"commitment":"ba4d1a7d566c33beff3c0dfa84e8988ac2439e58d33e8422965d372a86603468","value":"false","salt":"8cf4be8ddff30de64b5d26468896ae79"}},{"name":"fact.request.organization","value":{"commitment":"ad62603aa6e44298e577a8f6d6e64aa52ef9cb66c067a90bbb2445a903d0824d","value":"acme","salt":"44b6c7f1530dbe8ed5611ddf2e4553e7"}},{"name":"fact.request.permissions","value":{"commitment":"853bf971d06ed167d7254a9742d7055833ac61b12f728ffb26279156b2394918","value":"contents:write metadata:read","salt":"98206316c21948f35c37fc46e00835df"}},{"name":"fact.request.repositoriesKnown","value":{"commitment":"2d36caf20943fe61febb2f410012b5568a4251e02dd9910be07aaacf49c6ea57","value":"true","salt":"5e9d97af4d51eb9ef5ed10a233ccb018"}},{"name":"fact.request.requester","value":{"commitment":"d176c48932b7905a0487941723720d84a33d85e21bc33091ec5dacc47c057e64","value":"octocat","salt":"cd97fc8e876085d7a28be7b07db4726a"}},{"name":"fact.request.touches","value":{"commitment":"b5189d87509fdae77b3a06f36107f69c12088006cb1e1769956ca3afd5bfa49a","value":"","salt":"c53f48cf94131881ce6ff91219cb76cf"}},{"name":"fact.schema","value":{"commitment":"6811647a023fa8ae724403182715b83e6089d5976c802a011860d94974828764","value":"1","salt":"0df032d1feb637afbfe186cbe0a52bdd"}},{"name":"fact.user.in","value":{"commitment":"b9b76ced5f956f08d3062cf5d65640f48022df23d9171606c33797f510b0ede8","value":"approvers","salt":"1506f3ea574a8f75993130b2dbc2bdac"}},{"name":"fact.user.isBot","value":{"commitment":"0b2bb32490c124ab1149d9c9ffde1b83470c4b368c68807d78521e169c01bac0","value":"false","salt":"0527ecaa58a2276b4f660325455a1e81"}},{"name":"fact.user.isDeactivated","value":{"commitment":"0f296fe4c5531746159a1e87fd3d56c21abd197c94136c09ecca8999b4a20a58","value":"false","salt":"23968587ecee7ce264fedfa4e01b05ea"}},{"name":"fact.user.isExternal","value":{"commitment":"1a1d59106a9dbfe40597b9de6d5e39b41a96aafbe9b0fb5dff5888fd2002e241","value":"false","salt":"d29c5fb13a4f6b64bcf3626a67b50a05"}},{"name":"fact.user.isGuest","value":{"commitment":"ff2830c21bd9882255f7785aede0076a6f2dddb2096706419add76f6e9a5557b","value":"false","salt":"7a43f7b1876d7abeff881c45c8690b86"}},{"name":"fact.user.isLinked","value":{"commitment":"13fac32762538ecd400403510f0a33717b8497d73fa0622af9846cd48e3e14e8","value":"true","salt":"fb5bfe9e3ea9fc4159daf539dedd84d4"}},{"name":"fact.user.isMember","value":{"commitment":"2dff1fb238f61afb0e885d4b338e937ac93516a4c722d35daf13066f15f50955","value":"true","salt":"801e8af2449853acd0190e18bdea5e7b"}},{"name":"fact.user.linkAgeHours","value":{"commitment":"8b8670f77d05b824c54ba88354916fd7381b658ca8cc5e6635c5e7b33ed6ac3c","value":"1000000","salt":"f4cafb83f0e22e834e12b2b01b9af7c9"}},{"name":"fact.user.linkKnown","value":{"commitment":"9eb44aaf9cb342569ad92b301e6b082b6c93c52bbaa9f9d5ed510cc9002361be","value":"true","salt":"29e9c5275ba1f2a9e812a05b77fe795c"}},{"name":"fact.user.login","value":{"commitment":"e19a285c19978b9ec6e198a89d93afbd8f1bfe20d95426719b75dc5d8b888d47","value":"alice","salt":"1b95b5a573a8f35e20af775d1dc88f77"}},{"name":"fact.user.membershipKnown","value":{"commitment":"34e3fd23e216d2c2fdbf7dd715b57cb344a0f9f7c7af26606fe59af434e8ed55","value":"true","salt":"c5b78183bf975715caffaef35a0bf767"}},{"name":"fact.user.slackKnown","value":{"commitment":"ca77ac6b53999df6abdf8008714125f2ff2d18dd11bd02fd78c77f5157d1a90d","value":"true","salt":"25d2a383d82757855cc45780985ad41e"}}]}', 9, 'f9c63b8f38adf7288a58c70a746c6fefcd25e17aa6e2c9f84f09b1d03ee8e34d');
INSERT INTO public.audit_entry OVERRIDING SYSTEM VALUE VALUES (10, 1795435200000, '{"type":"entry","v":1,"n":null,"hash":null,"at":"2026-11-23T12:00:00.000Z","action":"decision.made","actor":{"kind":"person","slack":{"commitment":"9fa96400520f4342a18ce94122b253936164f05e9e691392e55a94cf9333a7b1","value":"U0ALICE","salt":"dc3352f89515308ab766d1bf8c8a3bdf"},"github":{"commitment":"b0b0f8cb36eddb3ccc44e226dbfee5c724b3cf2da8eabb3f89f942624f61f908","value":"1004","salt":"ab2799a665e6e20ad4be1b07e475e709"},"login":{"commitment":"db0cba70903d720dc8eabb22044964edcfa8d93f25f7d0444470b7703270edb4","value":"alice","salt":"f4e423fda60045dd30b0d688d9006a64"}},"subject":{"organization":1008,"request":1016,"grant":null,"token":1015,"key":"r-3q5mfv"},"result":"approve","policies":["votes-settle"],"fields":[{"name":"revision","value":"214fffecf7444912f0f3930147e9d3f3"},{"name":"fact.action","value":{"commitment":"9104beeddc409232c68b71c954612a4d8a9d76e41b1700dbf77ef47ed222d1f6","value":"settle","salt":"42b06e91a68c7c08dac05913e0cf0f6e"}},{"name":"fact.now","value":{"commitment":"465295f03972d9997358e0c0d43dbcd88ba3936856b7dfd50f11a9c965e89253","value":"2026-11-23T12:00:00.000Z","salt":"c4651281a9069de865568b952ba57f22"}},{"name":"fact.policies","value":{"commitment":"d518187ff9ace72795aae1e60c81b23f552d2ea8721462366ca26966e5fe232e","value":"72899b0a31431c73d650bcf1ad64e9d7b763f6aa55a76f28b952fd6953417ffc","salt":"17df9cd13316d9e7fe82b6d2ba8bd3a6"}},{"name":"fact.request.allRepositories","value":{"commitment":"8f09b31e6796d3d500bf250d708bc3c97d99f29ff571e12d83c7df6f331bbea3","value":"false","salt":"00ad94f6ca8706699adee74f659ddb94"}},{"name":"fact.request.approvers","value":{"commitment":"888dfb0c4ba2f390c5f843af1829dade3af008738a66de896daa51f2308b0f6e","value":"approvers","salt":"cb5eb31a27d2b8f0f72c4a0ffa63597f"}},{"name":"fact.request.expiresInDays","value":{"commitment":"4deeb541254d51c8647525f6b11690ac06a7f0b60c458dc4baae64f5bedcbc41","value":"90","salt":"cd3e0bb69a1fae8fa5c7f13a58f43dac"}},{"name":"fact.request.hasRoute","value":{"commitment":"0f1e6e8056936b8ab8d708fda188c06813feca7557eba072b8b758f622481af4","value":"true","salt":"d20081f115df217b979ea5f3961153de"}},{"name":"fact.request.in","value":{"commitment":"1f1c8431c2313119ad486b6e3242b1b7bf1af4f9edba4b74b16659ec6095670c","value":"acme","salt":"6767699563ab9b6eac83b04946d9a633"}},{"name":"fact.request.level","value":{"commitment":"fedbd4da72db5fd50006de18d6bdb9a321131f4133e4ae0e1e2b88621a87f7fc","value":"2","salt":"a7a47f494cadbed9320bae536b7fd71d"}},{"name":"fact.request.lifetimeDays","value":{"commitment":"e911cff5f55620e49d687ab88834a42fd872d831f6c066eda3793f954743a48f","value":"90","salt":"42b63b629ff350705673d2e82ad1dfb4"}},{"name":"fact.request.neverExpires","value":{"commitment":"497fbc345e6f75178d7a0ab4f6e6e6f1bec146a469652e073f9b0f237fa47e27","value":"false","salt":"584b65bdd7d2806e12782e6441d7017a"}},{"name":"fact.request.organization","value":{"commitment":"58201a726e9dd1d9774725d108ee5aa83bf5afa1c87c420c58079982155f1f70","value":"acme","salt":"26a6a3b743a5d983b40cb0eed9d12c6c"}},{"name":"fact.request.permissions","value":{"commitment":"188da78588c191362efdde7ba3f69efa1ebf68c16b6a6091dbcf3754d224b70c","value":"contents:write metadata:read","salt":"f0aebc3ffd0513fecaff8fb759f1c33e"}},{"name":"fact.request.repositoriesKnown","value":{"commitment":"85460f124caef0335ab397d7920bb9cadc78f3c37b257bd6dc9efcfd2e96755b","value":"true","salt":"3f3ec050b513bf5e3124fd4e3261272c"}},{"name":"fact.request.requester","value":{"commitment":"33ecefeb85744b68b86b58192bd9828a2266479af8c7dd2f168f64d949b91d0b","value":"octocat","salt":"c76dd9ef600391edcf159227b342b15e"}},{"name":"fact.request.touches","value":{"commitment":"2dcdd999c282dbb8e283d6eb8f7020a6623441803e6859d6dd45a028f6235711","value":"","salt":"c1f17101b039347a595219d5e90a1b64"}},{"name":"fact.schema","value":{"commitment":"8837a7e542f370e1d79581ad80eaf0212db2d27068ce09673a07e00cc76df138","value":"1","salt":"e22d574e80806b4d136f5b9d74ad0800"}},{"name":"fact.votes.approvals","value":{"commitment":"3d6dc08d35548e25fdf9d226f53dd79172d5553795664ed1617316f14e129775","value":"1","salt":"4be814eca1822256fbb793fc50b2d893"}},{"name":"fact.votes.in","value":{"commitment":"32405a2613c0ef1a093131ad563d5c14789f0239cc6c92431c1b0ce9d58b7f2b","value":"","salt":"84fb9a246628f4a8682ba3e1ba325459"}},{"name":"fact.votes.needed","value":{"commitment":"e710880801e9009f5f0998486b8e9c83ed704473dc1cae00889da29bd016d14f","value":"1","salt":"42beb25953d84593535a295da4cb7976"}}]}', 10, '5de740446a5cba1d6422c80d1c2f157762df077de309c4cc4d11d347a3b8accd');
INSERT INTO public.audit_entry OVERRIDING SYSTEM VALUE VALUES (11, 1795435200000, '{"type":"entry","v":1,"n":null,"hash":null,"at":"2026-11-23T12:00:00.000Z","action":"review.attempted","actor":{"kind":"person","slack":{"commitment":"4b9cbb88d04c7fd04bcdc19177c36cc01ddeda8bb35c72f691a0df8c3ef12907","value":"U0ALICE","salt":"f7ec321d6c52088ab4b0fd282a6d5625"},"github":{"commitment":"ceeba7da98b95ee4ed7dc3ed330dc18b90ccb135cf3251e74a55ccb8e7ad9884","value":"1004","salt":"6126ac20366a062ebe0c76c1fe8603c5"},"login":{"commitment":"44eda63d6c1b0e7c5ed190a0bfacbfb817a6b974feb891de8122e82eaff2fe6e","value":"alice","salt":"56b5c013f62987d6d150e9d23af889de"}},"subject":{"organization":1008,"request":1016,"grant":null,"token":1015,"key":"r-3q5mfv"},"result":"approve","policies":[],"fields":[{"name":"revision","value":"214fffecf7444912f0f3930147e9d3f3"},{"name":"attempt","value":"1"}]}', 11, 'db3472c1f005310284e838b73a0319078523a6c8af303d51b81d16887402d7d1');
INSERT INTO public.audit_entry OVERRIDING SYSTEM VALUE VALUES (12, 1795435200000, '{"type":"entry","v":1,"n":null,"hash":null,"at":"2026-11-23T12:00:00.000Z","action":"review.answered","actor":{"kind":"service"},"subject":{"organization":1008,"request":1016,"grant":null,"token":1015,"key":"r-3q5mfv"},"result":"confirmed","policies":[],"fields":[{"name":"revision","value":"214fffecf7444912f0f3930147e9d3f3"}]}', 12, 'd9f0c290fce94da8639749ebd5f3756b8121ce710aa2835ba5fd08fd8b1e63cf');
INSERT INTO public.audit_entry OVERRIDING SYSTEM VALUE VALUES (13, 1795435200000, '{"type":"entry","v":1,"n":null,"hash":null,"at":"2026-11-23T12:00:00.000Z","action":"request.settled","actor":{"kind":"person","slack":{"commitment":"d391332e80a3df666753ef52e4d9861e1298a6ae77fab756280f12f41c751110","value":"U0ALICE","salt":"6d49d624a13a4b2aa4735ea9c888bd10"},"github":{"commitment":"f963ebf9de27173bd17e37c232ac84454e6f4d08ae702fd12d891d2ad51d6886","value":"1004","salt":"246ff1e92e2c13fcc908bac048896d6c"},"login":{"commitment":"a107dfe320c9ad2d8fc435c55f24ccb5c0ba0b4a6df50980e9c2d6667e1439b1","value":"alice","salt":"6bce7793992e107a7f336d0c478e02db"}},"subject":{"organization":1008,"request":1016,"grant":null,"token":1015,"key":"r-3q5mfv"},"result":"approved","policies":[],"fields":[{"name":"revision","value":"214fffecf7444912f0f3930147e9d3f3"}]}', 13, '2b90edd505a654aea44897021ba49df2358f81cd62a99f64be5f235443b61c2c');


--
-- Data for Name: audit_seal; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.audit_seal VALUES (1, 1, '{"type":"seal","v":1,"batch":1,"first":1,"last":1,"previous":"0000000000000000000000000000000000000000000000000000000000000000","head":"d0a7dc843cf9eb63e44579bdf8d76636b9d5f2f97353ee4a729b6b90d0029034","sealed_at":"2026-11-23T12:00:00.000Z","mac":"01256fa40f219bec3672bfc54a7167819a62f828d8ce9759231367477908eafa"}');
INSERT INTO public.audit_seal VALUES (2, 2, '{"type":"seal","v":1,"batch":2,"first":2,"last":2,"previous":"d0a7dc843cf9eb63e44579bdf8d76636b9d5f2f97353ee4a729b6b90d0029034","head":"31a36a32ee90538b25f7ec729f75fdb3599a9835b4bb7cbcb77a7d901f3e8441","sealed_at":"2026-11-23T12:00:00.000Z","mac":"073b262932dc7c59a574e53f5a030faf6046b03409abbad1544fafb534f6c7fb"}');
INSERT INTO public.audit_seal VALUES (3, 14, '{"type":"seal","v":1,"batch":3,"first":3,"last":14,"previous":"31a36a32ee90538b25f7ec729f75fdb3599a9835b4bb7cbcb77a7d901f3e8441","head":"f13afcd319a4764dcd153d35356ce0cf460afd018d385bad6037b10da9a02902","sealed_at":"2026-11-23T12:00:02.000Z","mac":"30f82e905b7d8933ff7397ed967b9b24c4487fd3a8af40587bb1c342f58887e3"}');


--
-- Data for Name: card; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.card VALUES ('r-cdbntw', 'C0APPROVALS', '1795435200.000001', '99ee79f79e34b3f2f7c060699182dde5');
INSERT INTO public.card VALUES ('r-3q5mfv', 'C0APPROVALS', '1795435200.000007', 'abce6eb2df0734f18e54d6d98c45a44b');


--
-- Data for Name: delivery; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.delivery VALUES ('0520c364-b5c7-4705-987c-de17876ac515', 1795435200000);
INSERT INTO public.delivery VALUES ('d506d977-7b94-4801-8208-a5e63440f15b', 1795435200000);
INSERT INTO public.delivery VALUES ('55b250fb-a445-499f-b0cc-25ae39e0d1a1', 1795435200000);


--
-- Data for Name: installation; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.installation VALUES (1012, 1008, 'acme', 'active', 1795435200000);


--
-- Data for Name: job; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: lasting; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: link; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.link VALUES ('octocat', 1003, 'U0OCTOCAT', 1795435200000);
INSERT INTO public.link VALUES ('alice', 1004, 'U0ALICE', 1795435200000);


--
-- Data for Name: posting; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: program; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.program VALUES (1, 1, 0);


--
-- Data for Name: request; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.request VALUES (1008, 1014, 'r-cdbntw', 2, 1013, 1003, 'pending', 1795435200000, '{"format":1,"installation":1012,"received_at":1795435200000,"is_unasked":false,"facts":{"requester":{"id":1003,"login":"octocat"},"organization":"acme","permissions":[["repository","contents","write"],["repository","metadata","read"]],"repositories":{"subset":{"listed":[{"id":1009,"name":"acme/payments-api","private":true},{"id":1010,"name":"acme/payments-web","private":true}],"count":2}},"expiry":{"at":1803211200000},"token":1013,"token_name":"deploy-bot","justification":"Release bot needs to push tags","created_at":1795435200000},"enrichment":"complete","state":{"pending":{"votes":[],"note":null}}}');
INSERT INTO public.request VALUES (1008, 1016, 'r-3q5mfv', 6, 1015, 1003, 'settled', 1795435200000, '{"format":1,"installation":1012,"received_at":1795435200000,"is_unasked":false,"facts":{"requester":{"id":1003,"login":"octocat"},"organization":"acme","permissions":[["repository","contents","write"],["repository","metadata","read"]],"repositories":{"subset":{"listed":[{"id":1009,"name":"acme/payments-api","private":true},{"id":1010,"name":"acme/payments-web","private":true}],"count":2}},"expiry":{"at":1803211200000},"token":1015,"token_name":"laptop","justification":"Release bot needs to push tags","created_at":1795435200000},"enrichment":"complete","state":{"settled":{"outcome":"approved","by":{"person":{"slack":"U0ALICE","github":1004,"login":"alice"}},"at":1795435200000,"reason":null,"evidence":"told","sent":null,"contradicted":null}}}');


--
-- Data for Name: slack_installation; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.slack_installation VALUES (1, 'A0COUNTER', 'T0ACME', NULL, false, 1795435200000);


--
-- Name: audit_entry_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.audit_entry_id_seq', 14, true);


--
-- Name: job_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.job_id_seq', 14, true);


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
-- Name: slack_installation slack_installation_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.slack_installation
    ADD CONSTRAINT slack_installation_pkey PRIMARY KEY (one);


--
-- Name: audit_entry_unsealed; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX audit_entry_unsealed ON public.audit_entry USING btree (id) WHERE (n IS NULL);


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
-- PostgreSQL database dump complete
--

