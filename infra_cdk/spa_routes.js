// Addresses inside the operators' application are its own to resolve: anything without a file's extension is its page.
// Custom error responses would do the same to the API's 404, hence a function on this behaviour only.
function handler(event) {
  const request = event.request;
  const last = request.uri.substring(request.uri.lastIndexOf("/") + 1);
  if (request.uri.startsWith("/docs/") && last === "") {
    request.uri += "index.html";
  } else if (!last.includes(".")) {
    request.uri = request.uri === "/docs" ? "/docs/index.html" : "/index.html";
  }
  return request;
}
