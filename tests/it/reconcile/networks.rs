//! Networks: their options, names on them, and ports.

use crate::support::dockerd::Dockerd;
use crate::support::engine::each_engine;
use crate::support::missing::part;
use crate::support::process::{run, wait_until};
use crate::support::scene::{SOON, Scene, script, services, sleeper};

each_engine! {
    fn changed_options_of_a_network_replace_it_and_its_containers_hang_on_the_new_one(dockerd: &Dockerd) {
        let file = |options: &str| {
            let web = sleeper("networks: [back]");
            services(&[("web", web), ("other", sleeper(""))]) + &format!("networks: {{back: {options}}}\n")
        };
        let scene = part!(Scene::new(dockerd, &[("net/compose.yaml", &file("{}"))]));
        let _first = scene.sync(&[]);
        let network = || dockerd.get("/networks/net_back");
        let before = network()["Id"].clone();
        let _revision = scene.repository.commit(&[("net/compose.yaml", &file("{internal: true}"))]);

        let plan = scene.plan(&[]);
        assert!(plan.contains("remove network net_back: options of network back changed"), "{plan}");
        assert!(!plan.contains("net-other-1"), "{plan}");
        let _second = scene.sync(&[]);
        assert_ne!(network()["Id"], before);
        assert_eq!(network()["Internal"], true);
        assert_eq!(scene.inspect("net-web-1")["NetworkSettings"]["Networks"]["net_back"]["NetworkID"], network()["Id"]);
        assert_eq!(scene.state("net-web-1"), "running");
        assert_eq!(scene.sync(&[]), [""; 0]);
    }
}

each_engine! {
    fn a_service_on_two_networks_is_known_on_each_by_its_aliases(dockerd: &Dockerd) {
        let web = sleeper("networks: {front: {aliases: [www]}, back: {aliases: [api]}}");
        let file = services(&[
            ("web", web), ("outside", sleeper("networks: [front]")), ("inside", sleeper("networks: [back]")),
        ]) + "networks: {front: {}, back: {}}\n";
        let scene = part!(Scene::new(dockerd, &[("alias/compose.yaml", &file)]));
        let _first = scene.sync(&[]);
        let address = |network: &str| {
            let networks = &scene.inspect("alias-web-1")["NetworkSettings"]["Networks"];
            networks[network]["IPAddress"].as_str().unwrap().to_owned()
        };
        for (from, name, network) in [("outside", "www", "alias_front"), ("inside", "api", "alias_back"), ("inside", "web", "alias_back")] {
            let found = scene.exec(&format!("alias-{from}-1"), &["nslookup", name]);
            assert!(found.contains(&address(network)), "{name}: {found}");
        }
        let hidden = dockerd.docker(&["exec", "alias-outside-1", "nslookup", "-timeout=1", "-retry=1", "api"]).failed(1);
        assert!(!hidden.contains(&address("alias_back")), "{hidden}");
        assert_eq!(scene.sync(&[]), [""; 0]);
    }
}

each_engine! {
    fn a_published_port_is_reachable_and_moves_with_its_declaration(dockerd: &Dockerd) {
        let serve = "echo hello >/tmp/index.html; exec httpd -f -h /tmp";
        let file = |port: u16| services(&[("web", script(serve, &format!("ports: ['{port}:80']")))]);
        let scene = part!(Scene::new(dockerd, &[("port/compose.yaml", &file(18080))]));
        let answers = |port: u16| {
            let url = format!("http://127.0.0.1:{port}/");
            run(dockerd.inside("busybox").args(["wget", "-qO-", &url])).out == "hello\n"
        };
        let _first = scene.sync(&[]);
        wait_until("web page on 18080", SOON, || answers(18080));
        let _revision = scene.repository.commit(&[("port/compose.yaml", &file(18081))]);
        let _second = scene.sync(&[]);
        wait_until("web page on 18081", SOON, || answers(18081));
        assert!(!answers(18080));
    }
}

each_engine! {
    fn a_container_that_lost_its_network_joins_it_again(dockerd: &Dockerd) {
        let file = services(&[("web", sleeper("networks: [one, two]")), ("db", sleeper("networks: [one]"))]) + "networks: {one: {}, two: {}}\n";
        let scene = part!(Scene::new(dockerd, &[("lost/compose.yaml", &file)]));
        let _first = scene.sync(&[]);
        let before = scene.containers();
        let _cut = dockerd.docker(&["network", "disconnect", "-f", "lost_two", "lost-web-1"]).stdout();
        let plan = scene.plan(&[]);
        assert!(plan.contains("connect lost-web-1 to lost_two: no longer on network two"), "{plan}");
        let _second = scene.sync(&[]);
        assert_eq!(scene.changed_since(&before), [""; 0]);
        let networks = &scene.inspect("lost-web-1")["NetworkSettings"]["Networks"];
        let aliases = networks["lost_two"]["Aliases"].as_array().unwrap();
        assert!(aliases.iter().any(|alias| alias == "web"), "{networks}");
        assert_eq!(scene.plan(&[]), "");
    }
}
