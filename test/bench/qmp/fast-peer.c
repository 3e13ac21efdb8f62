/* A QMP server that costs next to nothing: greets, answers every command at once, and pours a file on request. Serves any
 * number of clients of one unix socket until it is killed.
 * Usage: fast-peer SOCKET SCHEMA-REPLY FLOOD-FILE FLOOD-BYTES */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define MAX_FDS 4096
static const char greeting[] =
    "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 22, \"minor\": 2, \"major\": 7}, \"package\": \"\"}, "
    "\"capabilities\": [\"oob\"]}}\r\n";
static const char status[] = "{\"status\": \"running\", \"singlestep\": false, \"running\": true}";
static struct { char text[65536]; size_t used; } *clients[MAX_FDS];
static char out[1 << 20];
static char *schema;
static size_t schema_length;

static char *read_file(const char *path, size_t *length) {
  FILE *file = fopen(path, "rb");
  if (!file) { perror(path); exit(1); }
  fseek(file, 0, SEEK_END);
  *length = ftell(file);
  rewind(file);
  char *bytes = malloc(*length + 1);
  if (fread(bytes, 1, *length, file) != *length) exit(1);
  bytes[*length] = 0;
  fclose(file);
  return bytes;
}

static void send_all(int fd, const char *bytes, size_t length) {
  while (length > 0) {
    ssize_t done = write(fd, bytes, length);
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return;
    bytes += done;
    length -= done;
  }
}

static size_t flush(int fd, size_t used) {
  if (used) send_all(fd, out, used);
  return 0;
}

/* The brace that closes the first message, or its line feed. QEMU's Python client sends no line feeds. */
static char *message_end(char *text, size_t length) {
  int depth = 0;
  for (char *at = text; at < text + length; at++) {
    if (*at == '{') depth++;
    if (*at == '}' && --depth == 0) return at;
    if (*at == '\n' && depth == 0 && at > text) return at;
  }
  return 0;
}

int main(int argc, char **argv) {
  if (argc != 5) return 2;
  signal(SIGPIPE, SIG_IGN);
  size_t flood_length, flood_total = strtoull(argv[4], 0, 10);
  schema = read_file(argv[2], &schema_length);
  char *flood = read_file(argv[3], &flood_length);
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, argv[1], sizeof address.sun_path - 1);
  int listener = socket(AF_UNIX, SOCK_STREAM, 0), poller = epoll_create1(0);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 4096)) return 1;
  struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, events[256];
  epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event);
  for (;;) {
    int count = epoll_wait(poller, events, 256, -1);
    for (int index = 0; index < count; index++) {
      int fd = events[index].data.fd;
      if (fd == listener) {
        int client = accept(listener, 0, 0);
        if (client < 0 || client >= MAX_FDS) { if (client >= 0) close(client); continue; }
        if (!clients[client]) clients[client] = malloc(sizeof *clients[client]);
        clients[client]->used = 0;
        event = (struct epoll_event){.events = EPOLLIN, .data.fd = client};
        epoll_ctl(poller, EPOLL_CTL_ADD, client, &event);
        send_all(client, greeting, sizeof greeting - 1);
        continue;
      }
      char *text = clients[fd]->text;
      size_t used = clients[fd]->used;
      ssize_t got = read(fd, text + used, sizeof clients[fd]->text - used);
      if (got <= 0) { close(fd); continue; }
      used += got;
      size_t start = 0, filled = 0;
      for (char *end; (end = message_end(text + start, used - start)); start = end - text + 1) {
        *end = 0;
        char *line = text + start, *id = strstr(line, "\"id\":");
        char tail[96] = "";
        if (id) snprintf(tail, sizeof tail, ", \"id\": %.*s", (int)strcspn(id + 5, ",}"), id + 5);
        if (filled > sizeof out - 4096) filled = flush(fd, filled);
        if (strstr(line, "query-qmp-schema")) {
          filled = flush(fd, filled);
          send_all(fd, schema, schema_length);
          filled = sprintf(out, "%s}\r\n", tail);
        } else if (strstr(line, "flood")) {
          filled = flush(fd, filled);
          for (size_t sent = 0; sent < flood_total; sent += flood_length) send_all(fd, flood, flood_length);
          shutdown(fd, SHUT_WR);
        } else {
          filled += sprintf(out + filled, "{\"return\": %s%s}\r\n", strstr(line, "qmp_cap") ? "{}" : status, tail);
        }
      }
      flush(fd, filled);
      memmove(text, text + start, used - start);
      clients[fd]->used = used - start;
    }
  }
}
