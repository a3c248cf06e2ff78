/* A stand-in for wsl.exe, nvidia-smi.exe, powershell.exe: it plays a recorded machine byte for byte.
 *
 * The folder named by WSLGPU_STANDINS holds NAME.plays (NAME: this program without .exe), one play a line, seven fields
 * divided by tabs:
 *   arguments  joined by one blank; a '*' at the end stands for anything more
 *   mode       print, prompt, hang or relay
 *   delay      milliseconds before anything happens
 *   exit       as a signed number
 *   stdout     name of a file with the bytes ("-": none); for relay the port of the agent on 127.0.0.1
 *   stderr     the same
 *   utf8       the bytes of stdout where WSL_UTF8=1 is set ("-": the program does not know that variable)
 * The first play that fits is given. Every call is written to calls.txt, "program<TAB>arguments".
 *
 * prompt: what wsl.exe does where WSL is not installed: it prints, waits 60 s for a key, and a key INSTALLS; here a key
 * leaves the file installed.txt, so that a test can see that nobody pressed one.
 */
#include <winsock2.h>
#include <windows.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

static wchar_t folder[MAX_PATH];

static FILE *open_in_folder(const wchar_t *name, const wchar_t *how) {
    wchar_t path[MAX_PATH * 2];
    _snwprintf(path, MAX_PATH * 2, L"%ls\\%ls", folder, name);
    return _wfopen(path, how);
}

static void pour(const char *name, HANDLE to) {
    wchar_t wide[MAX_PATH];
    char bytes[4096];
    size_t got;
    DWORD written;
    if (!name || !strcmp(name, "-")) return;
    MultiByteToWideChar(CP_UTF8, 0, name, -1, wide, MAX_PATH);
    FILE *file = open_in_folder(wide, L"rb");
    if (!file) return;
    while ((got = fread(bytes, 1, sizeof bytes, file)) > 0) WriteFile(to, bytes, (DWORD)got, &written, NULL);
    fclose(file);
}

static int wait_at_prompt(void) {
    char key;
    DWORD got = 0;
    if (ReadFile(GetStdHandle(STD_INPUT_HANDLE), &key, 1, &got, NULL) && got == 1) {
        FILE *file = open_in_folder(L"installed.txt", L"wb");
        if (file) fclose(file);
        return 0;
    }
    Sleep(60000);
    return -1;
}

static void send_all(SOCKET to, const char *data, int size) {
    while (size > 0) {
        int sent = send(to, data, size, 0);
        if (sent <= 0) return;
        data += sent;
        size -= sent;
    }
}

static DWORD WINAPI feed(void *socket) {
    char bytes[4096];
    DWORD got;
    HANDLE from = GetStdHandle(STD_INPUT_HANDLE);
    while (ReadFile(from, bytes, sizeof bytes, &got, NULL) && got > 0) send_all(*(SOCKET *)socket, bytes, (int)got);
    shutdown(*(SOCKET *)socket, SD_SEND);
    return 0;
}

static int receive(SOCKET from, char *into, int size) {
    int done = 0;
    while (done < size) {
        int got = recv(from, into + done, size - done, 0);
        if (got <= 0) return 0;
        done += got;
    }
    return 1;
}

/* Really run it: argv and stdin go to an agent on the Linux side. Wire: 4 bytes length and the argv (NUL between), then
 * stdin until its end; back come frames of 1 byte kind (1 stdout, 2 stderr, 0 exit) and 4 bytes length or code. */
static int relay(int port, int argc, wchar_t **argv) {
    WSADATA data;
    static char line[65536], bytes[65536];
    int size = 0;
    static SOCKET to;
    struct sockaddr_in address = {0};
    WSAStartup(MAKEWORD(2, 2), &data);
    to = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_family = AF_INET;
    address.sin_port = htons((u_short)port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(to, (struct sockaddr *)&address, sizeof address)) return -1;
    for (int i = 1; i < argc; i++)
        size += WideCharToMultiByte(CP_UTF8, 0, argv[i], -1, line + size, (int)sizeof line - size, NULL, NULL);
    send_all(to, (char *)&size, 4);
    send_all(to, line, size);
    CreateThread(NULL, 0, feed, &to, 0, NULL);
    for (;;) {
        unsigned char kind;
        int length;
        DWORD written;
        if (!receive(to, (char *)&kind, 1) || !receive(to, (char *)&length, 4)) return -1;
        if (kind == 0) return length;
        HANDLE out = GetStdHandle(kind == 1 ? STD_OUTPUT_HANDLE : STD_ERROR_HANDLE);
        while (length > 0) {
            int part = length < (int)sizeof bytes ? length : (int)sizeof bytes;
            if (!receive(to, bytes, part)) return -1;
            WriteFile(out, bytes, (DWORD)part, &written, NULL);
            length -= part;
        }
    }
}

int wmain(int argc, wchar_t **argv) {
    wchar_t self[MAX_PATH], plays[MAX_PATH], utf8[8] = L"";
    static char called[65536], line[70000];
    int used = 0;
    if (!GetEnvironmentVariableW(L"WSLGPU_STANDINS", folder, MAX_PATH)) return 98;
    GetModuleFileNameW(NULL, self, MAX_PATH);
    wchar_t *name = wcsrchr(self, L'\\') ? wcsrchr(self, L'\\') + 1 : self;
    wchar_t *dot = wcsrchr(name, L'.');
    if (dot) *dot = 0;
    for (int i = 1; i < argc; i++) {
        if (i > 1) called[used++] = ' ';
        used += WideCharToMultiByte(CP_UTF8, 0, argv[i], -1, called + used, (int)sizeof called - used - 2, NULL, NULL) - 1;
    }
    called[used] = 0;
    FILE *log = open_in_folder(L"calls.txt", L"ab");
    if (log) {
        fprintf(log, "%ls\t%s\n", name, called);
        fclose(log);
    }
    _snwprintf(plays, MAX_PATH, L"%ls.plays", name);
    FILE *file = open_in_folder(plays, L"rb");
    if (!file) return 98;
    while (fgets(line, sizeof line, file)) {
        char *fields[7] = {0}, *at = line;
        line[strcspn(line, "\r\n")] = 0;
        for (int i = 0; i < 7 && at; i++) {
            fields[i] = at;
            at = strchr(at, '\t');
            if (at) *at++ = 0;
        }
        if (!fields[6]) continue;
        size_t length = strlen(fields[0]);
        int fits = length && fields[0][length - 1] == '*' ? !strncmp(called, fields[0], length - 1)
                                                          : !strcmp(called, fields[0]);
        if (!fits) continue;
        fclose(file);
        Sleep((DWORD)atoi(fields[2]));
        if (!strcmp(fields[1], "relay")) return relay(atoi(fields[4]), argc, argv);
        GetEnvironmentVariableW(L"WSL_UTF8", utf8, 8);
        int in_utf8 = !wcscmp(utf8, L"1") && strcmp(fields[6], "-");
        pour(in_utf8 ? fields[6] : fields[4], GetStdHandle(STD_OUTPUT_HANDLE));
        pour(fields[5], GetStdHandle(STD_ERROR_HANDLE));
        if (!strcmp(fields[1], "hang")) Sleep(INFINITE);
        if (!strcmp(fields[1], "prompt")) return wait_at_prompt();
        return atoi(fields[3]);
    }
    return 99;
}
