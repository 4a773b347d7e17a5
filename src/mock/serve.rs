use super::Mock;
use crate::net::{
    self, Answer, Arrived, CertificateAuthority, Limits, Listener, NetError, Reply, Stop,
};
use std::sync::Arc;

impl Answer for Mock {
    type Found = std::convert::Infallible;

    async fn answer(&self, arrived: Arrived) -> Reply {
        Reply::of(&self.respond(&arrived.request), &arrived.request.method)
    }
}

/// Serves the mock to reverse, forward and `CONNECT` clients alike until `stop` is requested.
pub async fn serve(
    listener: Listener,
    intercept: Option<Arc<CertificateAuthority>>,
    limits: Limits,
    mock: Mock,
    stop: Stop,
) -> Result<(), NetError> {
    net::serve(listener, intercept, limits, Arc::new(mock), stop).await
}
