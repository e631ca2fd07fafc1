//! Who an engine is, by the headers of its shortest answer. `/version` tells it too, but an engine starts programs for
//! that, which takes longer than all that a run without changes needs besides.

use http_body_util::Empty;
use hyper::body::Bytes;
use hyper::{HeaderMap, Method, Request};

use crate::model::observed::EngineInfo;

use super::engine::api;
use super::way::Way;

/// Asks for the headers; `None` when they cannot be had or do not tell, and `/version` has to be asked.
pub(super) async fn ping(way: &Way) -> Option<EngineInfo> {
    let request = Request::builder().method(Method::HEAD).uri("/_ping");
    let answer = way.send(request.body(Empty::<Bytes>::new()).ok()?).await.ok()?;
    answer.status().is_success().then(|| info(answer.headers())).flatten()
}

fn info(headers: &HeaderMap) -> Option<EngineInfo> {
    let text = |name: &str| headers.get(name)?.to_str().ok();
    // `Docker/28.5.2 (linux)`, `Libpod/5.4.2 (linux)`
    let (_product, version) = text("server")?.split_once('/')?;
    let version = version.split(' ').next().unwrap_or_default().to_owned();
    Some(EngineInfo { api: api(text("api-version")?)?, version })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(headers: &[(&'static str, &'static str)]) -> Option<EngineInfo> {
        let headers = headers.iter().map(|(name, value)| {
            (name.parse().unwrap(), hyper::header::HeaderValue::from_static(value))
        });
        info(&headers.collect())
    }

    #[test]
    fn headers_tell_who_the_engine_is() {
        let docker = [("api-version", "1.51"), ("server", "Docker/28.5.2 (linux)")];
        let info = |api, version: &str| Some(EngineInfo { api, version: version.to_owned() });
        assert_eq!(check(&docker), info((1, 51), "28.5.2"));
        assert_eq!(
            check(&[("api-version", "1.41"), ("server", "Libpod/5.4.2 (linux)")]),
            info((1, 41), "5.4.2")
        );
    }

    #[test]
    fn headers_that_say_too_little_say_nothing() {
        assert_eq!(check(&[]), None);
        assert_eq!(check(&[("api-version", "1.51")]), None);
        assert_eq!(check(&[("api-version", "new"), ("server", "Docker/28 (linux)")]), None);
    }
}
